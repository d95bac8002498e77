"""The made-up company's cloud: accounts, and resources with a true owner, a name, a home and a working rhythm.

The truth is decided here, before anything is tagged or billed. Names, stacks, scaling groups, accounts and creators
follow from it imperfectly: code names, machine-made names and shared accounts keep attribution honest work.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from costdna_companion.demo import vocabulary as words
from costdna_companion.demo.catalog import ARCHETYPES, KINDS


@dataclass
class Resource:
    """One thing on the bill. ``owners`` are (team, from hour, to hour), half-open; empty unless verdict is owned."""

    kind: str
    account: str  # alias
    region: str
    id: str
    name: str  # "" when nobody named it
    app: str = ""
    env: str = "prod"
    verdict: str = "owned"
    owners: list[tuple[str, int, int]] = field(default_factory=list)
    size: str = ""
    rhythm: str = "always"  # always · office · nightly · bursts
    offset: float = 0.0  # its people's UTC offset
    first: int = 0
    last: int = 0
    stack: str = ""
    group: str = ""  # Auto Scaling group
    cluster: str = ""
    creator: str = ""
    parent: str = ""  # snapshot → volume → instance
    note: str = ""  # why it is in the demo, e.g. "hostile name"
    volume_factor: float = 1.0
    tags: list[tuple[int, int, dict[str, str]]] = field(default_factory=list)  # (from hour, to hour, tags)
    principal: str = ""

    @property
    def team(self) -> str:
        return self.owners[0][0] if self.owners else ""


@dataclass
class World:
    accounts: dict[str, str]  # alias → 12 digits
    resources: list[Resource]
    hours: int

    @property
    def payer(self) -> str:
        return self.accounts[words.COMPANY + "-payer"]


class Maker:
    """Makes ids and resources from one random stream, so that a seed is a world."""

    def __init__(self, rng: np.random.Generator, hours: int):
        self.rng, self.hours = rng, hours
        self.accounts = {alias: f"{int(rng.integers(10**11, 10**12))}" for alias in words.ACCOUNTS}
        self.resources: list[Resource] = []
        self.principal_ids: dict[str, str] = {}

    def hex(self, n: int) -> str:
        return self.rng.bytes((n + 1) // 2).hex()[:n]

    def pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def arn(self, kind: str, account: str, region: str, name: str, cluster: str) -> str:
        h = self.hex(64)
        return KINDS[kind].arn.format(
            region=region, account=self.accounts[account], name=name, cluster=cluster or "default", hex6=h[:6], hex10=h[:10],
            hex12=h[:12], hex16=h[:16], hex17="0" + h[:16], hex32=h[:32], HEX13=h[:13].upper(),
            uuid=f"{h[:8]}-{h[8:12]}-4{h[12:15]}-a{h[15:18]}-{h[18:30]}",
        )  # fmt: skip

    def creator(self, session: str, role: str = "") -> str:
        """The form aws:createdBy takes: Type:principalId:name."""
        base = role or session
        if base not in self.principal_ids:
            self.principal_ids[base] = self.hex(16).upper().translate(str.maketrans("0189", "GHJK"))
        return (
            f"AssumedRole:AROA{self.principal_ids[base]}:{session}"
            if role
            else f"IAMUser:AIDA{self.principal_ids[base]}:{session}"
        )

    def add(self, kind: str, account: str, region: str, name: str, *, label: str | None = None, **more) -> Resource:
        r = Resource(
            kind,
            account,
            region,
            self.arn(kind, account, region, name, more.get("cluster", "")),
            label if label is not None else name,
            **more,
        )
        sizes = list(KINDS[kind].sizes)
        if sizes and not r.size:
            weights = 0.62 ** np.arange(len(sizes))
            r.size = sizes[int(self.rng.choice(len(sizes), p=weights / weights.sum()))]
        r.last = r.last or self.hours
        r.volume_factor *= float(self.rng.lognormal(0, 0.8))
        self.resources.append(r)
        return r


def people_of(team: str) -> list[str]:
    """The two people of a team; the last team has the same number as the first."""
    i = list(words.TEAMS).index(team) * 2
    return [words.PEOPLE[i], words.PEOPLE[i + 1]]


def _name(m: Maker, app: words.App, env: str, kind: str, style: int) -> str:
    """A resource's name in one of the company's four habits. Buckets and ARNs take what DNS takes."""
    stem = app.name if m.rng.random() > 0.25 else app.codename
    part = m.pick(words.VERBS if kind in ("function", "machine", "job") else words.PARTS)
    if style == 0:
        name = f"{stem}-{env}-{part}"
    elif style == 1:
        name = f"{env}-{app.codename}-{part}"
    elif style == 2:
        name = f"{stem.title().replace('-', '')}{env.title()}-{part.title()}-{m.hex(12).upper()}"
    else:
        name = f"{part}-{env}-{m.hex(6)}"  # says nothing about the team
    if kind == "logs":
        name = {0: f"/aws/lambda/{name}", 1: f"/ecs/{name}", 2: f"/aws/lambda/{name}", 3: f"/app/{name}"}[style]
    if kind == "bucket":
        name = f"{words.COMPANY}-{name.lower()}-{m.hex(4)}"
    return name.replace("ä", "ae") if kind in ("bucket", "balancer", "database") else name


def _app(m: Maker, app: words.App, scale: float) -> None:
    """All resources of one app, production first."""
    spelling_offset = words.TEAMS[app.team][4]
    style = int(m.rng.choice(4, p=[0.42, 0.26, 0.22, 0.10]))
    region = str(m.rng.choice(list(words.REGIONS), p=[0.62, 0.2, 0.13, 0.05]))
    envs = (
        ("prod", app.home, 1.0),
        ("staging", "staging", 0.3),
        ("dev", "dev" if m.rng.random() < 0.8 else "sandbox", 0.3),
    )
    cluster = f"{app.name}-ecs"
    owner = [(app.team, 0, m.hours)]
    humans = people_of(app.team)
    for env, account, share in envs:
        stack = f"{m.pick((app.name, app.codename))}-{env}"
        group = f"{stack}-asg-{m.hex(4)}"
        last_instance, last_volume = "", ""
        for kind, rate in ARCHETYPES[app.archetype].items():
            mean = rate * app.weight * share * scale
            for _ in range(int(mean) + (m.rng.random() < mean % 1)):
                vague = m.rng.random() < 0.22  # made by hand in a hurry: a name that could be anybody's
                own_style = 3 if vague else style if m.rng.random() < 0.8 else int(m.rng.integers(4))
                name = _name(m, app, env, kind, own_style)
                nameless = kind in ("volume", "snapshot", "spot") and m.rng.random() < 0.6
                r = m.add(kind, account, region, name, label="" if nameless else None, app=app.name, env=env, owners=list(owner),
                          offset=spelling_offset, cluster=cluster if kind == "task" else "", volume_factor=0.7 + app.weight)  # fmt: skip
                if kind in ("instance", "spot"):
                    r.rhythm = "bursts" if kind == "spot" else {"prod": "always"}.get(env, "office")
                    if app.archetype in ("batch", "data") and kind == "instance":
                        r.rhythm = "nightly"
                    if kind == "spot" or m.rng.random() < 0.5:
                        r.group = group
                    last_instance = r.id
                if kind == "task":
                    r.rhythm = "office" if env != "prod" else "always"
                if kind == "volume":
                    r.parent = last_volume = last_instance and r.id
                if kind == "snapshot":
                    r.parent = last_volume
                if m.rng.random() < (0.15 if vague else 0.45) or own_style == 2:
                    r.stack = stack
                dice = m.rng.random() * (1.0 if not vague else 1.6)
                if kind == "spot" or r.group and dice < 0.5:
                    r.creator = m.creator("AutoScaling", "AWSServiceRoleForAutoScaling")
                elif dice < 0.22:
                    r.creator = m.creator(m.pick(humans))
                elif dice < 0.42:
                    r.creator = m.creator(f"deploy-{app.name}", f"ci-{app.team}")
                elif dice < 0.52:
                    r.creator = m.creator("GitHubActions", "github-actions")  # shared by every team: says nothing
                if m.rng.random() < 0.08:  # began during the month
                    r.first = int(m.rng.integers(24, m.hours - 72))
                elif m.rng.random() < 0.06:
                    r.last = int(m.rng.integers(48, m.hours - 24))


def _nobody_and_everybody(m: Maker, scale: float) -> None:
    """Shared platform pieces, vendors' things and orphans."""
    n = lambda x: max(1, round(x * scale))
    everyone = {"verdict": "shared", "creator": m.creator("terraform", "platform-terraform")}
    for account in ("prod", "staging", "dev", "data-prod", "payments-prod", "network", "kofferwerk-legacy"):
        for i in range(n(1 if account != "prod" else 2)):
            m.add(
                "nat", account, "eu-central-1", f"{account}-nat-{'abc'[i % 3]}", stack=f"network-{account}", **everyone
            )
        m.add("bucket", account, "eu-central-1", f"{words.COMPANY}-access-logs-{account}", **everyone)
        m.add("logs", account, "eu-central-1", f"/aws/vpc/flow-logs-{account}", stack=f"network-{account}", **everyone)
        m.add("bucket", account, "eu-central-1", f"cf-templates-{m.hex(12)}-eu-central-1", **everyone)
    for env, account in (("prod", "prod"), ("staging", "staging")):
        name = f"apps-{env}"
        m.add("cluster", account, "eu-central-1", name, cluster=name, env=env, **everyone)
        for _ in range(n(7 if env == "prod" else 3)):
            m.add("instance", account, "eu-central-1", f"{name}-node", size="m5.2xlarge", cluster=name, env=env, group=f"eks-{name}-ng-1",
                  note="EKS node", volume_factor=1.0, **(everyone | {"creator": m.creator("AutoScaling", "AWSServiceRoleForAutoScaling")}))  # fmt: skip
    for name in ("wan-transit", "shared-ingress", "vpn-concentrator"):
        m.add("balancer", "network", "eu-central-1", name, stack="network-core", **everyone)
    for name in ("org-cloudtrail", "config-history", "guardduty-findings", "billing-exports"):
        m.add("bucket", "security-audit", "eu-central-1", f"{words.COMPANY}-{name}", **everyone)
        m.add("key", "security-audit", "eu-central-1", name, **everyone)
    for team_app in ("search-api", "cms", "fraud-score"):
        m.add("model", "prod" if team_app != "fraud-score" else "payments-prod", "eu-central-1", "anthropic.claude-sonnet-4-v1:0", verdict="shared",
              app=team_app, note="Bedrock, told apart by IAM principal", label="", volume_factor=2.0)  # fmt: skip

    for vendor, kinds in (("snowpeak-agentless", ("scanner", "snapshot", "bucket")), ("backupcraft", ("snapshot", "snapshot", "bucket", "function")),
                          ("tidewatch-edr", ("scanner", "function", "logs")), ("fluxline-cdc", ("scanner", "database", "secret"))):  # fmt: skip
        for account in ("prod", "data-prod"):
            for kind in kinds:
                m.add(kind, account, "eu-central-1", f"{vendor}-{m.pick(('collector', 'agent', 'relay'))}-{m.hex(4)}", verdict="vendor",
                      stack=f"StackSet-{vendor}", creator=m.creator(vendor, f"{vendor}-cross-account"), size="m5.large" if kind == "scanner" else "")  # fmt: skip

    orphans = tuple(
        "old-test tmp do-not-delete migration-2021 poc steve-playground kofferwerk-www untitled backup-of-backup".split()
    )
    for kind, count in (
        ("snapshot", 32),
        ("volume", 16),
        ("bucket", 9),
        ("instance", 4),
        ("logs", 8),
        ("database", 2),
        ("function", 5),
        ("balancer", 2),
    ):
        for _ in range(n(count)):
            name = m.pick(orphans)
            unique = name if kind in ("volume", "snapshot", "instance") else f"{name}-{m.hex(4)}"
            m.add(kind, m.pick(("kofferwerk-legacy", "sandbox", "dev", "prod")), m.pick(tuple(words.REGIONS)), unique, verdict="ownerless",
                  label="" if m.rng.random() < 0.5 else None,
                  creator=m.creator(m.pick(words.LEFT_THE_COMPANY)) if m.rng.random() < 0.4 else "", volume_factor=1.3)  # fmt: skip


def _special(m: Maker) -> None:
    """The cases every reader must survive: one id in two accounts, a handover, hostile text."""
    for account, team in (("prod", "content"), ("data-prod", "data-platform")):
        m.add(
            "bus",
            account,
            "eu-central-1",
            "PutCrossAccountEvents",
            label="",
            owners=[(team, 0, m.hours)],
            note="one id in two accounts",
        )
    artifact = f"{words.COMPANY}-requester-pays-exports"
    for account, team in (("staging", "partner-integrations"), ("payments-prod", "payments")):
        m.add(
            "bucket",
            account,
            "eu-central-1",
            artifact,
            owners=[(team, 0, m.hours)],
            note="one id in two accounts",
            volume_factor=3.0,
        )
    half = (m.hours // 2 // 24 + 1) * 24  # handed over at a midnight
    moved = [
        r
        for r in m.resources
        if r.app == "promo-engine"
        and r.kind in ("function", "table")
        and r.env == "prod"
        and r.first == 0
        and r.last == m.hours
    ]
    for r in moved[:8]:
        r.owners, r.note = [("checkout", 0, half), ("growth", half, m.hours)], "handed over"
    plain = [
        r
        for r in m.resources
        if r.verdict == "owned" and not r.note and r.kind in ("instance", "volume", "function", "bucket")
    ]
    for label, r in zip(words.HOSTILE_NAMES, plain[:: max(1, len(plain) // len(words.HOSTILE_NAMES))]):
        r.name, r.note = label, "hostile name"


def make_world(rng: np.random.Generator, hours: int, scale: float = 1.0) -> World:
    """Accounts and resources with their truth, untagged; about 1,500 resources at scale 1."""
    m = Maker(rng, hours)
    for app in words.APPS:
        _app(m, app, scale)
    _nobody_and_everybody(m, scale)
    _special(m)
    unique: dict[tuple[str, str], Resource] = {}
    for r in m.resources:  # two of the same name in one account are one resource
        unique.setdefault((r.account, r.id), r)
    return World(m.accounts, list(unique.values()), hours)
