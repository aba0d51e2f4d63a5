"""The chart of the last 24 hours: an empty figure whose data the script sets. It never takes a touch or a scroll."""

from dash import dcc
from dash.development.base_component import Component


def inflow_chart(key: str) -> Component:
    blank = {"visible": False, "fixedrange": True}
    figure = {
        "data": [],
        "layout": {
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "dragmode": False,
            "xaxis": blank,
            "yaxis": blank,
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        },
    }
    config: dcc.Graph.Config = {
        "staticPlot": True,
        "displayModeBar": False,
        "responsive": True,
    }
    return dcc.Graph(id=key, figure=figure, config=config, className="chart", responsive=True)
