"""The frame around the office's pages: whose county, where one can go, who is signed in, and what went wrong last."""

from collections.abc import Sequence

import orjson
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from casework.roles import Role
from dashboard.asking import asking
from dashboard.callbacks import in_thread
from dashboard.components.attributes import attributes
from dashboard.door import OFFICE_LIVE, PASSWORD_PATH
from dashboard.pages import sign_in
from dashboard.shell import index_page
from dashboard.words import Languages, Words, language_of, mark, script_words
from dashboard.workplace import Page, Visit

INDEX = index_page(attributes=' data-theme="light" data-page="office"')

ADDRESS = "address"
MASTHEAD = "masthead"
PAGE = "page"
NOTICE = "notice"

ROLES = {
    Role.OPERATOR: mark("county operator"),
    Role.LEADER: mark("county leader"),
    Role.TOWNSHIP: mark("township"),
    Role.DEPARTMENT: mark("department"),
    Role.GRID: mark("village and grid"),
    Role.AUDITOR: mark("auditor"),
    Role.ADMINISTRATOR: mark("administrator"),
}


def layout() -> Component:
    return html.Div(
        [
            dcc.Location(id=ADDRESS, refresh="callback-nav"),
            html.Header(id=MASTHEAD, className="office-masthead"),
            html.Div(id=NOTICE, className="office-notice", role="alert"),
            html.Main(id=PAGE, className="office-page"),
        ],
        className="office",
    )


def register(app: Dash, pages: Sequence[Page], languages: Languages, centre_name: str) -> None:
    """`pages` in the order of the navigation."""
    app.layout = layout

    @app.callback(
        Output(MASTHEAD, "children"), Output(PAGE, "children"), Input(ADDRESS, "pathname"), Input(ADDRESS, "search")
    )
    @in_thread
    def open_page(pathname: str, search: str | None) -> tuple[Component, Component]:
        language = language_of(search, languages)
        words, who = languages[language], asking()
        found = next(((page, rest) for page in pages if (rest := page.rest(pathname)) is not None), None)
        head = masthead(pages, pathname, search or "", words, centre_name)
        if found is None or not found[0].admits(who.account):
            return head, nothing_here(words)
        page, rest = found
        return head, page.layout(Visit(rest, language, words, who))


def masthead(pages: Sequence[Page], pathname: str, search: str, words: Words, centre_name: str) -> Component:
    account = asking().account
    language = "en" if words["county operator"] == "county operator" else "zh_CN"
    return html.Div(
        [
            html.Strong(centre_name, className="office-name"),
            html.Nav(
                [
                    dcc.Link(
                        words[page.title],
                        href=page.path + search,
                        className="office-tab" + (" office-tab-here" if page.rest(pathname) is not None else ""),
                    )
                    for page in pages
                    if page.listed and page.admits(account)
                ],
                **attributes(aria_label=words[mark("Pages")]),
            ),
            html.Span(id="office-line", className="office-line", role="status"),
            dcc.Link(
                f"{account.name} · {words[ROLES[account.role]]}",
                href=f"{PASSWORD_PATH}{search}",
                title=words[mark("Your password")],
                className="office-who",
            ),
            html.Form(
                html.Button(words[mark("Sign out")], type="submit", className="office-out"),
                method="post",
                action=sign_in.OUT_PATH,
            ),
        ],
        id="office-masthead-inner",
        className="office-masthead-inner",
        **attributes(
            data_live=OFFICE_LIVE,
            data_words=orjson.dumps({"language": language, **script_words(words)}).decode(),
        ),
    )


def nothing_here(words: Words) -> Component:
    """The same for what does not exist and for what is not this account's to see."""
    return html.Div(
        [
            html.H1(words[mark("There is nothing here")]),
            html.P(words[mark("It does not exist, or your account may not see it.")]),
        ],
        className="office-nothing",
    )
