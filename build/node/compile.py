# Runs inside Pyodide: rewrites a zip with every .py compiled to a legacy-layout, unchecked-hash .pyc.
import importlib.util
import zipfile
from importlib._bootstrap_external import _code_to_hash_pyc

EPOCH = (1980, 1, 1, 0, 0, 0)


def convert(source, target):
    with zipfile.ZipFile(source) as zin, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zout:
        for item in sorted(zin.infolist(), key=lambda i: i.filename):
            name, content = item.filename, zin.read(item)
            if name.endswith(".py"):
                try:
                    code = compile(content, name, "exec", dont_inherit=True)
                except SyntaxError:  # a template or test file meant for another Python: keep it as it is
                    code = None
                if code is not None:
                    content = bytes(_code_to_hash_pyc(code, importlib.util.source_hash(content), checked=False))
                    name += "c"
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            zout.writestr(info, content)
