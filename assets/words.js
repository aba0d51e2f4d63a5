// What a page's script says, in the page's language. All times are told in China's, whatever the display's zone.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});

  const SECOND = 1000;
  const MINUTE = 60 * SECOND;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;
  const CHINA = 8 * HOUR; // no summer time since 1991

  const two = (number) => String(number).padStart(2, "0");

  class Words {
    constructor(told) {
      this.told = told;
    }

    // An unknown code is shown as it is: better an odd word than a blank.
    of(kind, code) {
      return this.told[kind][code] || code;
    }

    // A step of the ladder: in Chinese as the rule file names it, else the word for its kind.
    step(row) {
      return this.told.language === "zh_CN" ? row.step : this.told.step[row.step_kind] || row.step;
    }

    t(msgid, values) {
      const text = this.told.messages[msgid] || msgid;
      return text.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? String(values[name]) : whole));
    }

    // How long, as a person needs it: minutes under ten hours, hours under `fine` days, then days.
    span(milliseconds, fine) {
      const t = this.t.bind(this);
      const whole = Math.max(0, milliseconds);
      const d = Math.floor(whole / DAY);
      const h = Math.floor((whole % DAY) / HOUR);
      const m = Math.floor((whole % HOUR) / MINUTE);
      if (d >= fine || (d > 0 && h === 0)) return t("{d} d", { d });
      if (d > 0) return t("{d} d {h} h", { d, h });
      if (h >= 10) return t("{h} h", { h });
      if (h > 0) return t("{h} h {m} min", { h, m: two(m) });
      return t("{m} min", { m });
    }

    // How long ago, in one unit.
    age(milliseconds) {
      const t = this.t.bind(this);
      const whole = Math.max(0, milliseconds);
      if (whole < MINUTE) return t("{s} s", { s: Math.floor(whole / SECOND) });
      if (whole < HOUR) return t("{m} min", { m: Math.floor(whole / MINUTE) });
      if (whole < DAY) return t("{h} h", { h: Math.floor(whole / HOUR) });
      return t("{d} d", { d: Math.floor(whole / DAY) });
    }

    time(at) {
      return `${this.minute(at)}:${two(new Date(at + CHINA).getUTCSeconds())}`;
    }

    minute(at) {
      const local = new Date(at + CHINA);
      return `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`;
    }

    hour(at) {
      return new Date(at + CHINA).getUTCHours();
    }

    date(at) {
      const t = this.t.bind(this);
      const local = new Date(at + CHINA);
      const days = [t("Sunday"), t("Monday"), t("Tuesday"), t("Wednesday"), t("Thursday"), t("Friday"), t("Saturday")];
      return t("{weekday}, {day}", { day: this.day(at), weekday: days[local.getUTCDay()] });
    }

    // The one form in which a language tells a day.
    day(at) {
      const t = this.t.bind(this);
      const local = new Date(at + CHINA);
      const months = [t("Jan"), t("Feb"), t("Mar"), t("Apr"), t("May"), t("Jun"), t("Jul"), t("Aug"), t("Sep"), t("Oct"), t("Nov"), t("Dec")];
      return t("{day} {month}", { month: months[local.getUTCMonth()], day: local.getUTCDate() });
    }

    // How many midnights lie between two instants.
    daysAhead(at, now) {
      const day = (instant) => Math.floor((instant + CHINA) / DAY);
      return day(at) - day(now);
    }

    // A clock time of today, with the day before it when it is another day's.
    when(at, now) {
      const time = this.minute(at);
      const ahead = this.daysAhead(at, now);
      if (ahead === 0) return time;
      return ahead === 1 ? this.t("tomorrow {time}", { time }) : `${this.day(at)} ${time}`;
    }
  }

  bihuan.Words = Words;
})();
