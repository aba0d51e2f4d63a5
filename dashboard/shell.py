"""The frame around pages: which page an address means and in which language. It must not know what a page shows."""

from collections.abc import Callable, Mapping

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard.words import Languages, Words, language_of

Layout = Callable[[str, Words], Component]

ADDRESS = "address"
PAGE = "page"


def index_page(attributes: str = "", first: str = "") -> str:
    """The page an application's parts are put into. `attributes` of its root; `first`: what comes before its styles."""
    return f"""<!DOCTYPE html>
<html lang="zh-CN"{attributes}>
  <head>
    {{%metas%}}
    <title>{{%title%}}</title>
    {{%favicon%}}{first}
    {{%css%}}
  </head>
  <body>
    {{%app_entry%}}
    <footer>{{%config%}}{{%scripts%}}{{%renderer%}}</footer>
  </body>
</html>"""


INDEX = index_page(first='<script src="/assets/boot.js"></script>')


def layout() -> Component:
    return html.Div([dcc.Location(id=ADDRESS, refresh=False), html.Main(id=PAGE)])


def register(app: Dash, pages: Mapping[str, Layout], languages: Languages) -> None:
    """`pages` maps a path to its layout, which is handed the language's code and its words."""
    app.layout = layout

    @app.callback(Output(PAGE, "children"), Input(ADDRESS, "pathname"), Input(ADDRESS, "search"))
    def open_page(pathname: str, search: str | None) -> Component | None:
        page = pages.get(pathname)
        language = language_of(search, languages)
        return page(language, languages[language]) if page else None
