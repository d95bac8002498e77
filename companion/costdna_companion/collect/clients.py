"""boto3 clients by account and Region from the user's own credentials: the standard chain, or a role in each account.

No credential is stored, printed or written anywhere by us.
"""

from costdna.errors import CostDNAError, UsageError


class Clients:
    """`clients(service, account, region)` gives a client; sessions of other accounts are assumed once and kept in memory.

    profile: of the shared configuration, none for the default chain. role: name of a role in every other account, and the
    external id it asks for. endpoint: for tests against a double.
    """

    def __init__(self, profile: str = "", role: str = "", external_id: str = "", endpoint: str = ""):
        import boto3
        from botocore.exceptions import BotoCoreError

        try:
            self._base = boto3.session.Session(profile_name=profile or None)
        except BotoCoreError as error:
            raise UsageError("There is no such AWS profile.", found=profile, next_step="aws configure list-profiles shows them.", code="profile") from error
        self._role, self._external, self._endpoint = role, external_id, endpoint
        self._sessions, self._clients, self._identity = {}, {}, None

    def identity(self) -> dict:
        """Who we are to AWS: Account, Arn, UserId. Raises CostDNAError where there are no credentials or they are refused."""
        from botocore.exceptions import BotoCoreError, ClientError

        if self._identity is None:
            try:
                self._identity = self._make(self._base, "sts", "us-east-1" if not self._base.region_name else self._base.region_name).get_caller_identity()
            except (BotoCoreError, ClientError) as error:
                raise CostDNAError("AWS does not know who we are.", found=str(error), next_step="Log in (aws sso login), or choose a profile with --profile.", code="credentials") from error
        return self._identity

    def __call__(self, service: str, account: str, region: str):
        at = (service, account, region)
        if at not in self._clients:
            self._clients[at] = self._make(self._session(account), service, region)
        return self._clients[at]

    def _session(self, account: str):
        own = self.identity()["Account"]
        if not account or account == own:
            return self._base
        if account not in self._sessions:
            self._sessions[account] = self._assumed(account)
        return self._sessions[account]

    def _assumed(self, account: str):
        import boto3
        from botocore.exceptions import ClientError

        if not self._role:
            raise UsageError("The plan reaches into an account that these credentials are not of.", found=account, next_step="Name a role of that account with --role-name, or plan for one account.", code="account")
        partition = self.identity()["Arn"].split(":")[1]
        try:
            given = self._make(self._base, "sts", self._base.region_name or "us-east-1").assume_role(
                RoleArn=f"arn:{partition}:iam::{account}:role/{self._role}", RoleSessionName="costdna", **({"ExternalId": self._external} if self._external else {}))["Credentials"]
        except ClientError as error:
            raise CostDNAError(f"The role {self._role} of account {account} cannot be assumed.", found=error.response.get("Error", {}).get("Message", ""), next_step="Check its trust policy and external id.", code="assume-role") from error
        return boto3.session.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def _make(self, session, service: str, region: str):
        from botocore.config import Config

        # throttling is ours to wait out, with the journal in step; the client only retries what the network drops
        config = Config(retries={"mode": "standard", "max_attempts": 2}, connect_timeout=10, read_timeout=30, user_agent_extra="costdna")
        return session.client(service, region_name=region, config=config, **({"endpoint_url": self._endpoint} if self._endpoint else {}))
