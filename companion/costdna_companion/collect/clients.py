"""boto3 clients by account and Region from the user's own credentials: the standard chain, or a role in each account,
reached through another where need be.

No credential is stored, printed or written anywhere by us. Those of an assumed role are renewed by themselves before
they end.
"""

from costdna.errors import CostDNAError, UsageError
from costdna_companion.collect.accounts import Account, is_role

RETRIES = 2
"""What botocore sends again by itself of a request that only asks: after throttling, a failure of AWS's, a dropped
connection.
"""

HOME = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Where a partition's global services answer, and its STS always does."""


BILLING = {"aws": "us-east-1", "aws-cn": "cn-northwest-1"}
"""Where a partition's billing answers; GovCloud's is in its paired standard account."""


def billing(partition: str) -> str:
    """Where to ask Cost Explorer and Budgets. Raises UsageError for a partition without billing.

    >>> billing("aws-cn")
    'cn-northwest-1'
    """
    if partition not in BILLING:
        raise UsageError(
            "This partition has no billing of its own.",
            found=partition,
            next_step="Use the paired standard account: it holds the cost and its tags.",
            code="partition",
        )
    return BILLING[partition]


class Clients:
    """`clients(service, account, region)` gives a client; sessions of other accounts are assumed once and kept in
    memory.

    profile: of the shared configuration, none for the default chain. role: name of a role in every other account, and
    the external id it asks for. accounts: those whose role, external id or way in differ. partition: whose STS is asked
    first where the profile names no Region. endpoint: for tests against a double. acting: ARN of a role that everything
    is done as, assumed first (the write role, for one run).
    """

    def __init__(
        self,
        profile: str = "",
        role: str = "",
        external_id: str = "",
        endpoint: str = "",
        accounts: list[Account] = (),
        partition: str = "aws",
        acting: str = "",
    ):
        import boto3
        from botocore.exceptions import BotoCoreError

        try:
            self._base = boto3.session.Session(profile_name=profile or None)
        except BotoCoreError as error:
            raise UsageError(
                "There is no such AWS profile.",
                found=profile,
                next_step="aws configure list-profiles shows them.",
                code="profile",
            ) from error
        self._role, self._external, self._endpoint, self._home = role, external_id, endpoint, HOME[partition]
        self._accounts = {a.account: a for a in accounts}
        self._sessions, self._clients, self._identity, self._behind = {}, {}, None, None
        if acting:
            if not is_role(acting):
                raise UsageError(
                    "This is not a role.",
                    found=acting[:120],
                    where="--as-role",
                    next_step="Give its ARN: arn:aws:iam::111122223333:role/costdna-write",
                    code="role",
                )
            self._behind, self._base = self._base, self._assumed(self._base, acting, external_id)

    def identity(self) -> dict:
        """Who we are to AWS: Account, Arn, UserId. Raises CostDNAError where there are no credentials or they are
        refused.
        """
        if self._identity is None:
            self._identity = self._known(self._base)
        return self._identity

    def _known(self, session) -> dict:
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
        from botocore.exceptions import ConnectionError as Unreached

        try:
            return self._make(session, "sts", self._near).get_caller_identity()
        except (Unreached, HTTPClientError) as error:  # who cannot get there need not log in
            raise CostDNAError(
                "AWS cannot be reached.",
                found=str(error),
                next_step="Check the network and its proxy (HTTPS_PROXY), and AWS_ENDPOINT_URL where it is set.",
                code="network",
            ) from error
        except (BotoCoreError, ClientError) as error:
            raise CostDNAError(
                "AWS does not know who we are.",
                found=str(error),
                next_step="Log in (aws sso login), or choose a profile with --profile.",
                code="credentials",
            ) from error

    @property
    def partition(self) -> str:
        """aws, aws-cn or aws-us-gov, as our own ARN says."""
        return self.identity()["Arn"].split(":")[1]

    def __call__(self, service: str, account: str, region: str):
        return self._kept(service, account, region, RETRIES)

    def once(self, service: str, account: str, region: str):
        """A client that sends each request once: who writes reads again before a further try, which botocore's own
        would not.
        """
        return self._kept(service, account, region, 0)

    def behind(self) -> str:
        """ARN of who assumed the role that acts; ours where none was assumed."""
        if self._behind is None:
            return self.identity()["Arn"]
        return self._known(self._behind)["Arn"]

    def _kept(self, service: str, account: str, region: str, retries: int):
        at = (service, account, region, retries)
        if at not in self._clients:
            self._clients[at] = self._make(self._session(account), service, region, retries)
        return self._clients[at]

    @property
    def _near(self) -> str:
        return self._base.region_name or self._home

    def _session(self, account: str):
        own = self.identity()["Account"]
        if not account or account == own and not self._accounts.get(account, Account(account)).role:
            return self._base
        if account not in self._sessions:
            self._sessions[account] = self._of(
                self._accounts.get(account) or Account(account, role=self._role, external_id=self._external)
            )
        return self._sessions[account]

    def _of(self, account: Account):
        if not account.role:
            raise UsageError(
                "The plan reaches into an account that these credentials are not of.",
                found=account.account,
                next_step="Name a role of that account with --role-name, or plan for one account.",
                code="account",
            )
        source = self._base
        if account.through:
            if account.through not in self._sessions:
                self._sessions[account.through] = self._assumed(self._base, account.through, "")
            source = self._sessions[account.through]
        return self._assumed(source, account.arn(self.partition), account.external_id)

    def _assumed(self, source, arn: str, external_id: str):
        import boto3
        from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.session import get_session

        def sts(service: str, **credentials):
            given = {k: v for k, v in credentials.items() if k.startswith("aws_")}
            return boto3.session.Session().client(
                service,
                region_name=self._near,
                config=self._config(),
                **given,
                **({"endpoint_url": self._endpoint} if self._endpoint else {}),
            )

        fetcher = AssumeRoleCredentialFetcher(
            sts,
            source.get_credentials(),
            arn,
            extra_args={"RoleSessionName": "costdna", **({"ExternalId": external_id} if external_id else {})},
        )
        credentials = DeferredRefreshableCredentials(refresh_using=fetcher.fetch_credentials, method="assume-role")
        try:
            credentials.get_frozen_credentials()
        except (ClientError, BotoCoreError) as error:
            told = error.response.get("Error", {}).get("Message", "") if isinstance(error, ClientError) else str(error)
            raise CostDNAError(
                f"The role {arn} cannot be assumed.",
                found=told,
                next_step="Check its trust policy and external id.",
                code="assume-role",
            ) from error
        inner = get_session()
        # botocore has no public way to hand a session credentials that renew themselves
        inner._credentials = credentials
        return boto3.session.Session(botocore_session=inner)

    def _make(self, session, service: str, region: str, retries: int = RETRIES):
        return session.client(
            service,
            region_name=region,
            config=self._config(retries),
            **({"endpoint_url": self._endpoint} if self._endpoint else {}),
        )

    def _config(self, retries: int = RETRIES):
        from botocore.config import Config

        return Config(
            retries={"mode": "standard", "total_max_attempts": retries + 1},
            connect_timeout=10,
            read_timeout=30,
            user_agent_extra="costdna",
        )
