"""What travels to the page: our two packages and nothing of the companion; no compiled host code; the wheels made slim."""

from sitebuilder import python_zips


def test_the_app_is_the_two_packages_and_nothing_else():
    members = python_zips.app_sources()
    assert {m.split("/")[0] for m in members} == {"costdna", "costdna_web"}
    assert {"costdna/pipeline.py", "costdna/columns/mapping.json", "costdna_web/app.py"} <= members.keys()
    assert not [m for m in members if "__pycache__" in m]


def test_the_environment_has_no_host_code_and_no_server():
    members = python_zips.env_sources()
    assert not [m for m in members if m.endswith((".so", ".pyd"))]
    assert not [m for m in members if m.startswith(("panel/dist/", "panel/tests/", "bokeh/server/static/"))]
    assert [m for m in members if m.startswith("bokeh/_sri/")] == ["bokeh/_sri/3.9.2.json"]
    assert {
        "nh3.py",
        "panel/__init__.py",
        "panel/package.json",
        "pyviz_comms/notebook.js",
        "bokeh/core/_templates/file.html.jinja",
    } <= members.keys()


def test_slim_drops_what_a_page_never_reads():
    kept = python_zips.slim(
        {
            "numpy/__init__.py": b"",
            "numpy/core/x.pyi": b"",
            "numpy/f2py/a.py": b"",
            "pytz/zoneinfo/Europe/Oslo": b"",
            "pytz/zoneinfo/UTC": b"",
            "pandas/tests/t.py": b"",
            "numpy/_core/m.so": b"",
        }
    )
    assert sorted(kept) == ["numpy/__init__.py", "numpy/_core/m.so", "pytz/zoneinfo/UTC"]


def test_the_standard_library_loses_only_what_no_page_imports():
    plain, own = python_zips.standard()
    assert {"os.py", "encodings/utf_8.py", "json/__init__.py", "asyncio/events.py"} <= plain.keys()
    assert {"pyodide/__init__.py", "_pyodide/_base.py"} <= own.keys() and not plain.keys() & own.keys()
    assert not [n for n in plain if n.startswith(("pydoc_data/", "ensurepip/"))]
    assert python_zips.information("numpy-2.2.5.dist-info/RECORD")
    assert not python_zips.information("numpy-2.2.5.dist-info/METADATA")
