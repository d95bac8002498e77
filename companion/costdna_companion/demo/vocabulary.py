"""Words of the made-up travel company Fernweh: teams, what they build, who they are, where it runs.

Everything here is invented. An app is (team, name, codename, archetype, weight, environments); the codename is what
older resources are called, so a name does not always give its team away.
"""

from __future__ import annotations

from typing import NamedTuple


class App(NamedTuple):
    team: str
    name: str
    codename: str
    archetype: str
    weight: float
    home: str  # alias of the account its production runs in


COMPANY = "fernweh"

# alias → what it is; the payer comes first. prod, staging, dev and sandbox are shared by many teams.
ACCOUNTS = (
    "fernweh-payer", "prod", "staging", "dev", "data-prod", "ml-lab", "payments-prod",
    "identity-prod", "network", "security-audit", "sandbox", "kofferwerk-legacy",
)  # fmt: skip

# team → (spelling on tags, cost centre, business unit, tag discipline 0..1, people's working hours as UTC offset)
TEAMS = {
    "checkout": ("Checkout", "CC-4100", "Commerce", 0.75, 2),
    "search": ("Search", "CC-4110", "Commerce", 0.80, 2),
    "data-platform": ("Data Platform", "CC-5200", "Data", 0.55, 2),
    "recommendations": ("Recommendations", "CC-5300", "Data", 0.25, -7),
    "payments": ("Payments", "CC-4200", "Commerce", 0.92, 1),
    "platform-engineering": ("Platform Engineering", "CC-6000", "Platform", 0.70, 2),
    "mobile-api": ("Mobile API", "CC-4300", "Commerce", 0.50, 5.5),
    "content": ("Content", "CC-4400", "Commerce", 0.30, 1),
    "identity": ("Identity", "CC-6100", "Platform", 0.85, 2),
    "growth": ("Growth", "CC-7100", "Marketing", 0.20, -7),
    "partner-integrations": ("Partner Integrations", "CC-4500", "Commerce", 0.40, 5.5),
    "finance-systems": ("Finance Systems", "CC-8000", "Corporate", 0.60, 1),
    "internal-tools": ("Internal Tools", "CC-8100", "Corporate", 0.15, 2),
}

APPS = (
    App("checkout", "cart-api", "magpie", "web", 1.5, "prod"),
    App("checkout", "checkout-web", "tollbooth", "web", 1.3, "prod"),
    App("checkout", "promo-engine", "confetti", "serverless", 0.9, "prod"),
    App("checkout", "basket-events", "abacus", "serverless", 0.7, "prod"),
    App("search", "search-api", "periscope", "web", 1.6, "prod"),
    App("search", "geo-index", "atlas", "search", 1.1, "prod"),
    App("search", "availability-cache", "hourglass", "web", 0.8, "prod"),
    App("search", "query-suggest", "mumble", "serverless", 0.6, "prod"),
    App("data-platform", "lakehouse", "otter", "data", 1.8, "data-prod"),
    App("data-platform", "clickstream", "river", "data", 1.2, "data-prod"),
    App("data-platform", "dbt-runner", "loom", "data", 0.7, "data-prod"),
    App("data-platform", "reporting", "periwinkle", "web", 0.5, "data-prod"),
    App("recommendations", "recsys-serving", "oracle", "ml", 1.2, "data-prod"),
    App("recommendations", "recsys-training", "forge", "ml", 1.3, "ml-lab"),
    App("recommendations", "price-forecast", "barometer", "ml", 0.8, "ml-lab"),
    App("payments", "payments-core", "vault", "web", 1.3, "payments-prod"),
    App("payments", "fraud-score", "sentinel", "serverless", 0.9, "payments-prod"),
    App("payments", "ledger-sync", "tally", "serverless", 0.6, "payments-prod"),
    App("platform-engineering", "ci-runners", "anvil", "batch", 1.0, "dev"),
    App("platform-engineering", "observability", "lighthouse", "search", 0.9, "prod"),
    App("platform-engineering", "artifact-store", "pantry", "data", 0.4, "prod"),
    App("mobile-api", "mobile-bff", "pocket", "web", 1.0, "prod"),
    App("mobile-api", "push-sender", "pigeon", "serverless", 0.7, "prod"),
    App("content", "cms", "quill", "web", 0.9, "prod"),
    App("content", "image-resizer", "darkroom", "serverless", 0.7, "prod"),
    App("content", "städte-guides", "baedeker", "serverless", 0.4, "prod"),
    App("identity", "login", "doorman", "web", 0.8, "identity-prod"),
    App("identity", "session-store", "cloakroom", "serverless", 0.5, "identity-prod"),
    App("growth", "ab-testing", "coinflip", "serverless", 0.6, "prod"),
    App("growth", "newsletter", "bugle", "batch", 0.5, "prod"),
    App("growth", "attribution-etl", "breadcrumbs", "data", 0.5, "data-prod"),
    App("partner-integrations", "gds-connector", "switchboard", "web", 0.7, "prod"),
    App("partner-integrations", "hotel-feed", "concierge", "batch", 0.5, "kofferwerk-legacy"),
    App("finance-systems", "invoicing", "inkwell", "web", 0.5, "prod"),
    App("finance-systems", "sap-bridge", "drawbridge", "batch", 0.3, "kofferwerk-legacy"),
    App("internal-tools", "hr-portal", "cardigan", "web", 0.3, "sandbox"),
    App("internal-tools", "slackbots", "parrot", "serverless", 0.3, "sandbox"),
)

PEOPLE = (
    "anna.lindqvist", "jonas.weber", "priya.raman", "tom.okafor", "mei.tanaka", "lucia.ferrari", "ahmed.hassan",
    "kasia.nowak", "björn.eklund", "sofia.duarte", "ravi.menon", "emily.clark", "pavel.dvorak", "nora.haddad",
    "liam.byrne", "zeynep.kaya", "marta.silva", "chen.wei", "omar.farouk", "greta.holm", "ivan.petrov",
    "aisha.bello", "hugo.martin", "yuki.sato", "dana.levi", "felix.braun",
)  # fmt: skip
LEFT_THE_COMPANY = ("steve.old", "contractor-7", "admin")

PARTS = tuple("api worker web consumer scheduler cron ingest export sync handler proxy indexer".split())
VERBS = tuple("resize notify fetch enrich validate publish cleanup rotate score index import archive".split())

# region → (usage type prefix, price factor in percent, name)
REGIONS = {
    "eu-central-1": ("EUC1-", 120, "EU (Frankfurt)"),
    "eu-west-1": ("EU-", 111, "EU (Ireland)"),
    "us-east-1": ("", 100, "US East (N. Virginia)"),
    "ap-southeast-1": ("APS1-", 125, "Asia Pacific (Singapore)"),
}

HOSTILE_NAMES = (
    '<img src=x onerror="alert(document.domain)">',
    "</script><script>fetch('//example.invalid')</script>",
    "=cmd|'/C calc'!A0",
    '+1+1, "quoted"; DROP TABLE bill;--',
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "Zürich–東京 ✈ счёт",
    "\u202egpj.exe",
    "  leading and trailing  ",
)
