"""The few pages that are not screens: one calm sentence in both languages, and never a word of data."""


def _notice(title: str, chinese: str, english: str) -> str:
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><link rel="stylesheet" href="/assets/notice.css"></head>'
        f'<body><main><p>{chinese}</p><p lang="en">{english}</p></main></body></html>'
    )


NOT_FOUND = _notice("404", "这里没有页面。", "There is no page here.")
NOT_ADMITTED = _notice(
    "403",
    "这块屏幕还没有获得许可，请联系中心的系统管理员。",
    "This screen has not been admitted yet; please ask the centre's administrator.",
)
BROKEN = _notice(
    "500",
    "页面暂时打不开，请稍后再试。",
    "The page can't be opened just now; please try again shortly.",
)
