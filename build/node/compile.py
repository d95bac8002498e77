# Runs inside Pyodide: rewrites a zip with every .py compiled to a legacy-layout, unchecked-hash .pyc, docstrings
# emptied.
# Docstrings are a quarter of the bytes and nobody reads them in a page; asserts stay, which -OO would drop as well.
import ast
import importlib.util
import zipfile
from importlib._bootstrap_external import _code_to_hash_pyc

EPOCH = (1980, 1, 1, 0, 0, 0)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def undocumented(tree):
    for node in ast.walk(tree):
        if (
            isinstance(node, DOCUMENTED)
            and node.body
            and isinstance(node.body[0], ast.Expr)
            and isinstance(node.body[0].value, ast.Constant)
            and isinstance(node.body[0].value.value, str)
        ):
            node.body[0].value.value = ""  # empty and not absent: numpy hands its own to C, which wants text
    return tree


def convert(source, target, keep_docs):
    with zipfile.ZipFile(source) as zin, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zout:
        for item in sorted(zin.infolist(), key=lambda i: i.filename):
            name, content = item.filename, zin.read(item)
            if name.endswith(".py"):
                try:
                    tree = ast.parse(content, name)
                except SyntaxError:  # a template or test file meant for another Python: keep it as it is
                    tree = None
                if tree is not None:
                    code = compile(tree if keep_docs else undocumented(tree), name, "exec", dont_inherit=True)
                    content = bytes(_code_to_hash_pyc(code, importlib.util.source_hash(content), checked=False))
                    name += "c"
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            zout.writestr(info, content)
