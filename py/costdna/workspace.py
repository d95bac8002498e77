"""One person's session with one bill: the state, and the methods that every door (page, command line, chat) calls."""

import json

import numpy as np
import pandas as pd

from costdna import corrections, pipeline, schema
from costdna.changes import Changes
from costdna.economics import Economics
from costdna.errors import UsageError
from costdna.questions import ask
from costdna.report import Report, to_json
from costdna.serving import Serving


class Workspace(Changes, Economics, Serving):
    """Readings, wishes, answers and the last result.

    Methods named in `TOOLS` are tools: their docstring is their description.
    """

    TOOLS = (
        "summary",
        "list_teams",
        "list_resources",
        "explain",
        "list_services",
        "list_conflicts",
        "list_questions",
        "list_trends",
        "compare",
        "why",
        "list_anomalies",
        "list_coincidences",
        "forecast",
        "share_cost",
        "list_customers",
        "customer",
        "service_cost",
        "list_environments",
        "list_ai_spend",
        "list_waste",
        "list_budgets",
    )

    def __init__(self, readings: list[dict], wishes: pipeline.Wishes | None = None, session=None):
        self.readings, self.wishes, self.session = readings, wishes or pipeline.Wishes(), session
        self.result: pipeline.Result | None = None

    def prove(self, tell=lambda step: None) -> Report:
        """The bill by what is proved alone, at once: tags, rules, maps, answers.

        The readings are assembled only the first time.
        """
        bill = self.result.bill if self.result else None
        grounds = pipeline.ground(self.readings, self.wishes, tell, bill)
        self.result = pipeline.conclude(grounds, self.wishes, None, tell)
        return self.result.report

    async def infer(self, tell=lambda step: None) -> Report:
        """Infer the owners of what `prove` left without one."""
        grounds = self.result.grounds
        self.result = pipeline.conclude(
            grounds, self.wishes, await pipeline.infer(grounds, self.wishes, self.session, tell), tell
        )
        return self.result.report

    async def run(self, tell=lambda step: None) -> Report:
        """Attribute the whole bill again with what is known now."""
        self.result = await pipeline.run(self.readings, self.wishes, self.session, tell)
        return self.result.report

    async def rule(self, wishes: pipeline.Wishes, tell=lambda step: None) -> Report:
        """Take other rules, aliases or a map.

        Owners are proved again, what follows is inferred at once, as after an answer.
        """
        self.result = pipeline.reproved(self.result, wishes)
        self.wishes = wishes
        return await self.follow(tell)

    def preview(self, wishes: pipeline.Wishes) -> corrections.Effect:
        """What other rules, aliases or a map would change in what is proved, before they are applied."""
        return corrections.effect(self.report, pipeline.preview(self.result, wishes))

    async def follow(self, tell=lambda step: None) -> Report:
        """What the answers given since change, at once: one pass of the candidate already chosen.

        Gate and range are stale until the next whole run.
        """
        self.result = await pipeline.again(self.result, self.wishes, self.session, tell)
        return self.result.report

    @property
    def report(self) -> Report:
        if self.result is None:
            raise UsageError("Nothing has been read yet.", next_step="Drop a bill first.", code="no-bill")
        return self.result.report

    def answer(self, ownable_id: int, team: str, verdict: str, at: pd.Timestamp) -> None:
        """Record an answer; it counts from the next run. An empty verdict takes the last answer back."""
        self.answer_all([ownable_id], team, verdict, at)

    def answer_all(self, ownable_ids, team: str, verdict: str, at: pd.Timestamp) -> None:
        """Record one answer for several resources."""
        rows = pd.DataFrame([(int(i), team, verdict, at) for i in ownable_ids], columns=schema.ANSWERS.names()).astype(
            {"x_OwnableId": "int64", "x_At": "datetime64[ns]"}
        )
        rows = schema.ANSWERS.check(rows)
        old = self.wishes.answers
        self.wishes.answers = rows if old is None or old.empty else pd.concat([old, rows], ignore_index=True)

    def summary(self) -> dict:
        """The whole result as the stable JSON of `costdna attribute`: ledger, coverage, teams, gate, findings."""
        return json.loads(to_json(self.report))

    def list_teams(self) -> list[dict]:
        """Teams by money, with what is proved, inferred and shared of each; unknown money is the team "" at the end."""
        return self.summary()["teams"]

    def list_services(self, limit: int = 20) -> list[dict]:
        """Services by money, with the part of each that has an owner."""
        report = self.report
        return [
            {k: report.text(v) if k not in ("ServiceName", "resources") else v for k, v in row.items()}
            for row in report.services.head(limit).to_dict("records")
        ]

    def list_resources(self, team: str = "", verdict: str = "", limit: int = 50) -> list[dict]:
        """Resources by money, of one team or with one verdict: id, owner, probability, reason and cost."""
        rows = self.report.resources
        if team:
            rows = rows[rows["x_Team"] == team]
        if verdict:
            rows = rows[rows["x_Verdict"] == verdict]
        order = np.argsort(-rows["BilledCost"].to_numpy().astype("float64"), kind="stable")
        return [self._resource(row) for row in rows.iloc[order[:limit]].to_dict("records")]

    def explain(self, resource_id: str) -> list[dict]:
        """Who owns a resource and why: its owner, the runner-up and the chance of neither, the groups for and against,
        by resource id or a part of it.
        """
        return self._cards(self._named(resource_id))

    async def examine(self, resource_id: str) -> list[dict]:
        """As `explain`, and tested.

        The answer's probability without each group that spoke, and the smallest fact that would change it.
        """
        rows, names = self._named(resource_id), self.report.resources.set_index("x_OwnableId")["ResourceId"]
        cards = self._cards(rows)
        for card, ownable in zip(cards, rows["x_OwnableId"].tolist()):
            found = await pipeline.examine(self.result, ownable, self.session)
            if found.get("flip"):
                found["flip"] = {"resource": names[found["flip"].pop("x_OwnableId")], **found["flip"]}
            card |= found
        return cards

    def _named(self, resource_id: str) -> pd.DataFrame:
        rows = self.report.resources
        hits = rows[rows["ResourceId"] == resource_id]
        hits = (
            hits
            if len(hits)
            else rows[rows["ResourceId"].str.contains(resource_id, regex=False) & (rows["ResourceId"] != "")].head(5)
        )
        if hits.empty:
            raise UsageError(
                "No resource of this bill has that id.",
                found=resource_id,
                next_step="Give the id, or a part of it, as the bill writes it.",
                code="no-resource",
            )
        return hits

    def _cards(self, rows: pd.DataFrame) -> list[dict]:
        out = []
        evidence, beliefs = self.report.evidence, self.result.inferred.beliefs if self.result.inferred else None
        for row in rows.to_dict("records"):
            card = self._resource(row)
            own = (
                evidence[evidence["x_OwnableId"] == row["x_OwnableId"]]
                if evidence is not None and len(evidence)
                else pd.DataFrame()
            )
            card["evidence"] = own.drop(columns="x_OwnableId").to_dict("records") if len(own) else []
            thought = (
                beliefs[beliefs["x_OwnableId"] == row["x_OwnableId"]]
                if beliefs is not None and row["x_Basis"] in ("inferred", "")
                else ()
            )
            if len(thought):
                best = thought.iloc[0]
                card |= {
                    "likeliest": best["x_Team"],
                    "likeliest_probability": round(float(best["x_Probability"]), 6),
                    "runner_up": best["x_OtherTeam"],
                    "runner_up_probability": round(float(best["x_OtherProbability"]), 6),
                    "none_of_these": round(float(best["x_None"]), 6),
                }
            out.append(card)
        return out

    def list_conflicts(self) -> list[dict]:
        """Resources for which two sources name different teams, with the money at stake."""
        return self.summary()["conflicts"]

    def list_questions(self, limit: int = 12) -> list[dict]:
        """What to ask a person next, most money settled per answer first: the resource, team names to offer (and which
        of them are only proposed from words of the bill), what would follow the answer.
        """
        report, run = self.report, self.result
        asked = ask(
            run.ownables,
            run.relations,
            run.ownership,
            limit=limit,
            beliefs=run.inferred.beliefs if run.inferred else None,
        )
        at = report.resources.set_index("x_OwnableId")
        teams = set(report.teams["x_Team"])
        return [
            {
                "rank": row["x_Rank"],
                "ownable": str(row["x_OwnableId"]),
                **self._resource(at.loc[row["x_OwnableId"]].to_dict()),
                "offered_teams": row["x_Teams"],
                "proposed_teams": [name for name in row["x_Teams"] if name not in teams],
                "resources": row["x_Resources"],
                "settles": report.text(row["x_Settles"]),
                "settled_so_far": report.text(row["x_SettledSoFar"]),
                "why_asked": row["x_Reason"],
            }
            for row in asked.to_dict("records")
        ]

    def _resource(self, row: dict) -> dict:
        probability = row["x_Probability"]
        return {
            "resource": row["ResourceId"],
            "name": row["ResourceName"],
            "type": row["ResourceType"],
            "service": row["ServiceName"],
            "account": row["SubAccountId"],
            "region": row["RegionId"],
            "team": row["x_Team"],
            "verdict": row["x_Verdict"],
            "basis": row["x_Basis"],
            "probability": None if pd.isna(probability) else round(float(probability), 6),
            "reason": row["x_Reason"],
            "billed": self.report.text(row["BilledCost"]),
            "effective": self.report.text(row["EffectiveCost"]),
            "currency": self.report.currency,
        }
