"""Settings in a YAML file: flag before environment before file before default; every value knows where it came from."""

import difflib
import os
from dataclasses import dataclass
from pathlib import Path

from costdna.errors import UsageError

FILE = "costdna.yaml"


@dataclass(frozen=True)
class Setting:
    """One setting. name: as in the file, sections joined by a dot; env: names of environment variables, first wins;
    option: the parameter of verbs that it is the default of; secret: never printed.
    """

    name: str
    text: str
    env: tuple[str, ...]
    option: str = ""
    verbs: tuple[str, ...] = ()
    kind: type = str
    secret: bool = False


SETTINGS = (
    Setting("bill", "Bill or store that verbs read when none is named.", ("COSTDNA_BILL", "AWS_COST_DB_PATH"), "paths"),
    Setting("store", "Where costdna ingest keeps bills.", ("COSTDNA_STORE",), "store"),
    Setting("source", "Which origin of a store is read: cur, focus or cost-explorer.", ("COSTDNA_SOURCE",)),
    Setting("metric", "billed or effective.", ("COSTDNA_METRIC",), "metric"),
    Setting("currency", "Which currency, where the bill has several.", ("COSTDNA_CURRENCY",), "currency"),
    Setting("tag_keys", "Tag keys that name the owner, in order.", ("COSTDNA_TAG_KEYS",), "tag_key", (), list),
    Setting("rules", "Rules of ownership.", ("COSTDNA_RULES",), "rules"),
    Setting("team_map", "Account, product or resource → team.", ("COSTDNA_TEAM_MAP",), "team_map"),
    Setting("aliases", "Other spellings of team names.", ("COSTDNA_ALIASES",), "aliases"),
    Setting("sharing", "Rules for shared cost.", ("COSTDNA_SHARING",), "sharing"),
    Setting("usage", "Usage by customer.", ("COSTDNA_USAGE",), "usage"),
    Setting("customers", "Customers and what they pay.", ("COSTDNA_CUSTOMERS",), "customers"),
    Setting("budgets", "Budgets.", ("COSTDNA_BUDGETS",), "budget"),
    Setting("output", "table, json, csv or markdown.", ("COSTDNA_OUTPUT",), "output"),
    Setting(
        "billing.profile",
        "AWS profile that reads the bill and Cost Explorer.",
        ("COSTDNA_BILLING_PROFILE", "AWS_COST_PROFILE"),
        "profile",
        ("ingest", "budgets"),
    ),
    Setting(
        "resources.profile",
        "AWS profile that reads and tags resources.",
        ("COSTDNA_RESOURCES_PROFILE",),
        "profile",
        ("scan", "apply", "undo", "doctor", "discover", "watch"),
    ),
    Setting("resources.role_name", "Role to assume in other accounts.", ("COSTDNA_ROLE_NAME",), "role_name"),
    Setting(
        "resources.external_id",
        "External id that the role asks for.",
        ("COSTDNA_EXTERNAL_ID",),
        "external_id",
        (),
        str,
        True,
    ),
    Setting(
        "llm.profile",
        "AWS profile for the language model: never the billing one.",
        ("COSTDNA_LLM_PROFILE", "AWS_BEDROCK_PROFILE"),
        "llm_profile",
    ),
    Setting("llm.region", "Region of the language model.", ("COSTDNA_LLM_REGION", "AWS_BEDROCK_REGION"), "llm_region"),
    Setting("llm.model", "Which language model.", ("COSTDNA_LLM_MODEL",), "llm_model"),
    Setting(
        "llm.api_key", "Its key; better in the environment than in a file.", ("COSTDNA_LLM_API_KEY",), "", (), str, True
    ),
)
NAMES = tuple(s.name for s in SETTINGS)


@dataclass(frozen=True)
class Value:
    """A setting with its value (None where nobody set it) and where that came from."""

    setting: Setting
    value: object
    source: str

    def shown(self) -> str:
        """The value for a person; a secret only says that it is there."""
        if self.value is None:
            return ""
        return (
            "(hidden)"
            if self.setting.secret
            else ", ".join(self.value)
            if isinstance(self.value, list)
            else str(self.value)
        )


def find(path: Path | None, environment: dict[str, str], folder: Path) -> Path | None:
    """The file in force: --config, COSTDNA_CONFIG, costdna.yaml here, else in the user's configuration folder; None
    where there is none.
    """
    named = path or (Path(environment["COSTDNA_CONFIG"]) if environment.get("COSTDNA_CONFIG") else None)
    if named:
        if not named.is_file():
            raise UsageError(
                f"There is no file {named}.", where="--config", next_step="Check the path.", code="no-file"
            )
        return named
    home = Path(environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "~")).expanduser() / ".config")
    return next((p for p in (folder / FILE, home / "costdna" / "config.yaml") if p.is_file()), None)


def load(
    path: Path | None = None, environment: dict[str, str] | None = None, folder: Path | None = None
) -> list[Value]:
    """Every setting with its value and source. Raises UsageError for a key nobody knows, with a suggestion. Relative
    paths of a file count from where it lies.
    """
    environment = dict(os.environ) if environment is None else environment
    file = find(path, environment, folder or Path.cwd())
    said = read(file) if file else {}
    out = []
    for setting in SETTINGS:
        variable = next((name for name in setting.env if environment.get(name)), "")
        if variable:
            out.append(Value(setting, _typed(setting, environment[variable], variable), f"environment {variable}"))
        elif setting.name in said:
            out.append(Value(setting, _from(file, setting, _typed(setting, said[setting.name], str(file))), str(file)))
        else:
            out.append(Value(setting, None, "default"))
    return out


def read(file: Path) -> dict[str, object]:
    """{name: value} of a configuration file, sections flattened."""
    import yaml

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(
            "The configuration cannot be read.",
            found=str(error).splitlines()[0],
            where=str(file),
            next_step="Write YAML in UTF-8.",
            code="config",
        ) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UsageError(
            "The configuration is no set of keys.",
            found=str(content)[:60],
            where=str(file),
            next_step="Write lines such as metric: effective.",
            code="config",
        )
    sections = {n.partition(".")[0] for n in NAMES if "." in n}
    flat: dict[str, object] = {}
    for key, value in content.items():
        if key in sections and (value is None or isinstance(value, dict)):  # None: all its lines are comments
            flat |= {f"{key}.{k}": v for k, v in (value or {}).items()}
        else:
            flat[str(key)] = value
    for name in flat:
        if name not in NAMES:
            if name in sections:
                raise UsageError(
                    "A section of the configuration has no keys.",
                    found=f"{name}: {flat[name]}",
                    where=str(file),
                    next_step=f"Write {name}: and below it {', '.join(n.partition('.')[2] for n in NAMES if n.startswith(name + '.'))}.",
                    code="config",
                )
            close = difflib.get_close_matches(name, [*NAMES, *sections], 1, 0.6)
            raise UsageError(
                "The configuration has a key nobody knows.",
                found=name + (f" (did you mean {close[0]}?)" if close else ""),
                where=str(file),
                next_step="costdna config show lists the keys.",
                code="config-key",
            )
    return {k: v for k, v in flat.items() if v is not None}


def defaults(values: list[Value], verbs: dict[str, set[str]]) -> dict[str, dict[str, object]]:
    """{verb: {parameter: value}} for the command line, from {verb: its parameters}."""
    out: dict[str, dict[str, object]] = {}
    for verb, parameters in verbs.items():
        for v in values:
            if (
                v.value is not None
                and v.setting.option in parameters
                and not (v.setting.name == "bill" and verb in WITHOUT_BILL)
                and (not v.setting.verbs or verb in v.setting.verbs)
            ):
                out.setdefault(verb, {})[v.setting.option] = [v.value] if v.setting.option == "paths" else v.value
    return out


WITHOUT_BILL = ("ingest", "doctor")
"""Verbs to which no path says something of its own."""
_PATHS = {"bill", "store", "rules", "team_map", "aliases", "sharing", "usage", "customers", "budgets"}


def _typed(setting: Setting, value, where: str):
    if setting.kind is list:
        return [str(v).strip() for v in (value if isinstance(value, list) else str(value).split(",")) if str(v).strip()]
    if isinstance(value, (dict, list)):
        raise UsageError(
            "A setting has the wrong form.",
            found=f"{setting.name}: {value}",
            where=where,
            next_step="Write one value.",
            code="config",
        )
    return str(value)


def _from(file: Path, setting: Setting, value):
    return str(file.parent / value) if setting.name in _PATHS else value
