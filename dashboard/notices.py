"""The few pages that are not screens: one calm sentence in both languages, and never a word of data."""


def _notice(title: str, chinese: str, english: str, then: str = "") -> str:
    """`then`: the address to go on to by itself."""
    go_on = f'<meta http-equiv="refresh" content="0; url={then}">' if then else ""
    return (
        '<!doctype html><html lang="zh-CN" data-theme="dark"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{go_on}"
        f"<title>{title}</title>"
        '<link rel="stylesheet" href="/assets/tokens.css"><link rel="stylesheet" href="/assets/notice.css"></head>'
        f'<body><main><p>{chinese}</p><p lang="en">{english}</p></main></body></html>'
    )


NOT_FOUND = _notice("404", "这里没有页面。", "There is no page here.")
NOT_ADMITTED = _notice(
    "403",
    "这块屏幕还没有获得许可，请联系中心的系统管理员。",
    "This screen has not been admitted yet; please ask the centre's administrator.",
)
TAKEN_BACK = (
    "这块屏幕的许可已被收回，请联系中心的系统管理员。",
    "This screen is no longer admitted; please ask the centre's administrator.",
)
"""What a display says whose link was revoked or is used elsewhere, in Chinese and in English: as a page, and on a lit wall."""
NO_LONGER_ADMITTED = _notice("403", *TAKEN_BACK)
SHOWS_ONLY = _notice(
    "403",
    "此链接只能显示大屏，不能遥控。请系统管理员用 run.py wall-link new --remote 生成遥控链接。",
    "This link shows the wall and can't drive it; one that can is made with run.py wall-link new --remote.",
)
LINK_TAKEN = _notice(
    "403",
    "此链接已与另一块屏幕绑定，不能再次使用。请系统管理员用 run.py wall-link new 生成新链接。",
    "This link is bound to another display already; a new one is made with run.py wall-link new.",
)
LINK_EXPIRED = _notice(
    "403",
    "此链接在有效期内未被使用，已失效。请系统管理员用 run.py wall-link new 生成新链接。",
    "Nobody opened this link in time; a new one is made with run.py wall-link new.",
)
# Not a redirect: a link clicked elsewhere would lead to the wall without the strict cookie it has just been given.
OPENING = _notice(
    "200",
    "这块屏幕已获得许可，正在打开。",
    "This screen is admitted; it is opening.",
    then="/",
)
NOT_YOURS = _notice(
    "403",
    "您的账号无权进行此操作。",
    "Your account may not do this.",
)
NOT_UNDERSTOOD = _notice(
    "400",
    "这个请求无法理解，请回到页面重试。",
    "This request means nothing here; please go back to the page and try again.",
)
BROKEN = _notice(
    "500",
    "页面暂时打不开，请稍后再试。",
    "The page can't be opened just now; please try again shortly.",
)
