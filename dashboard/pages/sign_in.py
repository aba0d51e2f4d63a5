"""The page where people sign in: a form without a script, which works before anything else does."""

from html import escape

PATH = "/sign-in"
OUT_PATH = "/sign-out"
PROVIDER_PATH = "/sign-in/provider"
PROVIDER_BACK_PATH = "/sign-in/provider/back"

# One sentence for whatever was wrong: which logins there are is nobody's business.
WRONG = (
    "账号或密码不对，或账号已停用。连续输错会暂时锁定，请稍后再试。",
    "The login or the password is wrong, or the account is disabled. Wrong passwords lock an account for a while.",
)
TOO_MANY = ("尝试过于频繁，请一分钟后再试。", "Too many attempts; please try again in a minute.")
AWAY = ("暂时无法登录：数据库不可用，请稍后再试。", "Nobody can sign in just now: the database is away.")
STRANGER = (
    "统一身份认证已通过，但这里没有您的账号。",
    "You are known to the identity provider, but have no account here.",
)
FAILED = ("统一身份认证没有完成，请重试。", "The identity provider did not finish; please try again.")

Sentence = tuple[str, str]


def page(centre_name: str, then: str, said: Sentence | None = None, *, provider: bool = False) -> str:
    """`then`: the address to go on to, checked by the caller; `provider`: whether an identity provider is offered."""
    told = f'<p class="said" role="alert">{said[0]}<span lang="en">{said[1]}</span></p>' if said is not None else ""
    other = (
        f'<p><a href="{PROVIDER_PATH}">统一身份认证登录 <span lang="en">Single sign-on</span></a></p>'
        if provider
        else ""
    )
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<title>登录 · 闭环</title><link rel="icon" href="data:,">'
        '<link rel="stylesheet" href="/assets/tokens.css"><link rel="stylesheet" href="/assets/sign-in.css"></head>'
        f"<body><main><h1>闭环</h1><p class=centre>{escape(centre_name)}</p>{told}"
        f'<form method="post" action="{PATH}">'
        f'<input type="hidden" name="next" value="{escape(then, quote=True)}">'
        '<label for="login">账号 <span lang="en">Login</span></label>'
        '<input id="login" name="login" autocomplete="username" autocapitalize="none" spellcheck="false"'
        ' maxlength="64" required autofocus>'
        '<label for="password">密码 <span lang="en">Password</span></label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" maxlength="256" required>'
        '<button type="submit">登录 <span lang="en">Sign in</span></button></form>'
        f"{other}</main></body></html>"
    )


def opening(then: str) -> str:
    """A page that goes on by itself."""
    address = escape(then, quote=True)
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta http-equiv="refresh" content="0; url={address}"><title>闭环</title></head>'
        f'<body><p><a href="{address}">正在打开。 <span lang="en">Opening.</span></a></p></body></html>'
    )
