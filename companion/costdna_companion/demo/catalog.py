"""What each kind of resource is called on a bill and what it is metered by.

Rates are list prices of us-east-1, roughly.
"""

from __future__ import annotations

from typing import NamedTuple


class Meter(NamedTuple):
    usage: str  # usage type without the region's prefix; {size} is the resource's size
    operation: str
    unit: str
    rate: str  # US dollars per unit, decimal text; "" = price of the size
    amount: float  # median per hour (cadence h) or per day (cadence d)
    cadence: str  # h: a row an hour; d: a row a day


class Kind(NamedTuple):
    code: str
    service: str
    family: str
    arn: str  # {region} {account} {name} {hex}
    meters: tuple[Meter, ...]
    tagging: float  # how likely such a thing is tagged, relative to others
    category: str  # FOCUS ServiceCategory
    type: str  # FOCUS ResourceType
    sizes: dict[str, str] = {}


EC2 = {"m5.large": "0.096", "m5.xlarge": "0.192", "t3.medium": "0.0416", "m5.2xlarge": "0.384", "c5.xlarge": "0.17",
       "c5.2xlarge": "0.34", "r5.xlarge": "0.252", "r5.2xlarge": "0.504", "g4dn.xlarge": "0.526", "p3.2xlarge": "3.06"}  # fmt: skip
RDS = {
    "db.r5.large": "0.25",
    "db.m5.large": "0.178",
    "db.t3.medium": "0.072",
    "db.r5.xlarge": "0.5",
    "db.r5.2xlarge": "1.0",
}
CACHE = {"cache.t3.medium": "0.068", "cache.r5.large": "0.216"}
SEARCH = {"m5.large.search": "0.142", "r5.xlarge.search": "0.372"}
REDSHIFT = {"ra3.xlplus": "1.086", "dc2.large": "0.25"}
SAGEMAKER = {"ml.m5.xlarge": "0.23", "ml.g4dn.xlarge": "0.736"}

_EC2_NAME = "Amazon Elastic Compute Cloud"
KINDS: dict[str, Kind] = {
    "instance": Kind("AmazonEC2", _EC2_NAME, "Compute Instance", "i-{hex17}", (
        Meter("BoxUsage:{size}", "RunInstances", "Hrs", "", 1, "h"),), 1.0, "Compute", "Instance", EC2),
    "spot": Kind("AmazonEC2", _EC2_NAME, "Compute Instance", "i-{hex17}", (
        Meter("SpotUsage:{size}", "RunInstances:SV001", "Hrs", "", 1, "h"),), 0.5, "Compute", "Instance", EC2),
    "volume": Kind("AmazonEC2", _EC2_NAME, "Storage", "vol-{hex17}", (
        Meter("EBS:VolumeUsage.gp3", "CreateVolume-Gp3", "GB-Mo", "0.08", 6.0, "d"),), -0.6, "Storage", "Volume"),
    "snapshot": Kind("AmazonEC2", _EC2_NAME, "Storage Snapshot", "arn:aws:ec2:{region}:{account}:snapshot/snap-{hex17}", (
        Meter("EBS:SnapshotUsage", "CreateSnapshot", "GB-Mo", "0.05", 5.0, "d"),), -1.6, "Storage", "Snapshot"),
    "nat": Kind("AmazonEC2", _EC2_NAME, "NAT Gateway", "arn:aws:ec2:{region}:{account}:natgateway/nat-{hex17}", (
        Meter("NatGateway-Hours", "NatGateway", "Hrs", "0.045", 1, "h"),
        Meter("NatGateway-Bytes", "NatGateway", "GB", "0.045", 260, "d")), -0.8, "Networking", "NAT Gateway"),
    "balancer": Kind("AWSELB", "Elastic Load Balancing", "Load Balancer-Application",
        "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex16}", (
        Meter("LoadBalancerUsage", "LoadBalancing:Application", "Hrs", "0.0225", 1, "h"),
        Meter("LCUUsage", "LoadBalancing:Application", "LCU-Hrs", "0.008", 60, "d")), 0.4, "Networking", "Load Balancer"),
    "database": Kind("AmazonRDS", "Amazon Relational Database Service", "Database Instance",
        "arn:aws:rds:{region}:{account}:db:{name}", (
        Meter("InstanceUsage:{size}", "CreateDBInstance:0014", "Hrs", "", 1, "h"),
        Meter("RDS:GP2-Storage", "CreateDBInstance:0014", "GB-Mo", "0.115", 14, "d"),
        Meter("RDS:ChargedBackupUsage", "CreateDBInstance:0014", "GB-Mo", "0.095", 6, "d")), 0.9, "Databases", "DB Instance", RDS),
    "cache": Kind("AmazonElastiCache", "Amazon ElastiCache", "Cache Instance",
        "arn:aws:elasticache:{region}:{account}:cluster:{name}", (
        Meter("NodeUsage:{size}", "CreateCacheCluster:0002", "Hrs", "", 24, "d"),), 0.4, "Databases", "Cache Cluster", CACHE),
    "domain": Kind("AmazonES", "Amazon OpenSearch Service", "Elastic Search Instance",
        "arn:aws:es:{region}:{account}:domain/{name}", (
        Meter("ESInstance:{size}", "ESDomain", "Hrs", "", 72, "d"),
        Meter("ES:GP3-Storage", "ESDomain", "GB-Mo", "0.135", 20, "d")), 0.5, "Analytics", "Domain", SEARCH),
    "warehouse": Kind("AmazonRedshift", "Amazon Redshift", "Compute Instance",
        "arn:aws:redshift:{region}:{account}:cluster:{name}", (
        Meter("Node:{size}", "RunComputeNode:0001", "Hrs", "", 48, "d"),), 0.5, "Analytics", "Cluster", REDSHIFT),
    "endpoint": Kind("AmazonSageMaker", "Amazon SageMaker", "ML Instance",
        "arn:aws:sagemaker:{region}:{account}:endpoint/{name}", (
        Meter("Host:{size}", "RunInstance", "Hrs", "", 24, "d"),), -0.3, "AI and Machine Learning", "Endpoint", SAGEMAKER),
    "bucket": Kind("AmazonS3", "Amazon Simple Storage Service", "Storage", "{name}", (
        Meter("TimedStorage-ByteHrs", "StandardStorage", "GB-Mo", "0.023", 18, "d"),
        Meter("Requests-Tier1", "PutObject", "Requests", "0.000005", 40000, "d"),
        Meter("Requests-Tier2", "GetObject", "Requests", "0.0000004", 300000, "d")), 0.3, "Storage", "Bucket"),
    "function": Kind("AWSLambda", "AWS Lambda", "Serverless", "arn:aws:lambda:{region}:{account}:function:{name}", (
        Meter("Lambda-GB-Second", "Invoke", "Lambda-GB-Second", "0.0000166667", 60000, "d"),
        Meter("Request", "Invoke", "Requests", "0.0000002", 500000, "d")), 0.3, "Compute", "Function"),
    "logs": Kind("AmazonCloudWatch", "AmazonCloudWatch", "Data Payload", "arn:aws:logs:{region}:{account}:log-group:{name}", (
        Meter("DataProcessing-Bytes", "PutLogEvents", "GB", "0.5", 0.6, "d"),), -1.4, "Management and Governance", "Log Group"),
    "alarm": Kind("AmazonCloudWatch", "AmazonCloudWatch", "Alarm", "arn:aws:cloudwatch:{region}:{account}:alarm:{name}", (
        Meter("CW:AlarmMonitorUsage", "Unknown", "Alarms", "0.1", 0.0334, "d"),), -1.0, "Management and Governance", "Alarm"),
    "table": Kind("AmazonDynamoDB", "Amazon DynamoDB", "Amazon DynamoDB PayPerRequest Throughput",
        "arn:aws:dynamodb:{region}:{account}:table/{name}", (
        Meter("WriteRequestUnits", "PayPerRequestThroughput", "WriteRequestUnits", "0.00000125", 1500000, "d"),
        Meter("ReadRequestUnits", "PayPerRequestThroughput", "ReadRequestUnits", "0.00000025", 5000000, "d"),
        Meter("TimedStorage-ByteHrs", "StandardStorage", "GB-Mo", "0.25", 1.2, "d")), 0.4, "Databases", "Table"),
    "queue": Kind("AWSQueueService", "Amazon Simple Queue Service", "API Request", "arn:aws:sqs:{region}:{account}:{name}", (
        Meter("Requests-Tier1", "SendMessage", "Requests", "0.0000004", 700000, "d"),), 0.0, "Integration", "Queue"),
    "topic": Kind("AmazonSNS", "Amazon Simple Notification Service", "API Request", "arn:aws:sns:{region}:{account}:{name}", (
        Meter("Requests-Tier1", "Publish", "Requests", "0.0000005", 300000, "d"),), -0.2, "Integration", "Topic"),
    "stream": Kind("AmazonKinesis", "Amazon Kinesis", "Kinesis Streams", "arn:aws:kinesis:{region}:{account}:stream/{name}", (
        Meter("Storage-ShardHour", "shardHourStorage", "ShardHour", "0.015", 192, "d"),), 0.3, "Analytics", "Stream"),
    "secret": Kind("AWSSecretsManager", "AWS Secrets Manager", "Secret", "arn:aws:secretsmanager:{region}:{account}:secret:{name}-{hex6}", (
        Meter("AWSSecretsManager-Secrets", "", "Secrets", "0.4", 0.0334, "d"),), -0.7, "Security", "Secret"),
    "key": Kind("awskms", "AWS Key Management Service", "Encryption Key", "arn:aws:kms:{region}:{account}:key/{uuid}", (
        Meter("KMS-Keys", "Unknown", "Keys", "1", 0.0334, "d"),), -0.7, "Security", "Key"),
    "repository": Kind("AmazonECR", "Amazon EC2 Container Registry (ECR)", "EC2 Container Registry",
        "arn:aws:ecr:{region}:{account}:repository/{name}", (
        Meter("TimedStorage-ByteHrs", "", "GB-Mo", "0.1", 1.5, "d"),), -0.3, "Compute", "Repository"),
    "machine": Kind("AmazonStates", "AWS Step Functions", "AWS Step Functions", "arn:aws:states:{region}:{account}:stateMachine:{name}", (
        Meter("StateTransition", "", "StateTransitions", "0.000025", 60000, "d"),), 0.0, "Integration", "State Machine"),
    "job": Kind("AWSGlue", "AWS Glue", "AWS Glue", "arn:aws:glue:{region}:{account}:job/{name}", (
        Meter("ETL-DPU-Hour", "Jobrun", "DPU-Hour", "0.44", 4, "d"),), 0.0, "Analytics", "Job"),
    "restapi": Kind("AmazonApiGateway", "Amazon API Gateway", "API Calls", "arn:aws:apigateway:{region}::/restapis/{hex10}/stages/prod", (
        Meter("ApiGatewayRequest", "ApiGatewayRequest", "Requests", "0.0000035", 900000, "d"),), -0.2, "Networking", "API"),
    "filesystem": Kind("AmazonEFS", "Amazon Elastic File System", "Storage",
        "arn:aws:elasticfilesystem:{region}:{account}:file-system/fs-{hex17}", (
        Meter("TimedStorage-ByteHrs", "", "GB-Mo", "0.3", 8, "d"),), 0.0, "Storage", "File System"),
    "distribution": Kind("AmazonCloudFront", "Amazon CloudFront", "Data Transfer", "arn:aws:cloudfront::{account}:distribution/E{HEX13}", (
        Meter("DataTransfer-Out-Bytes", "GET", "GB", "0.085", 130, "d"),
        Meter("Requests-Tier2-HTTPS", "GET", "Requests", "0.000001", 2500000, "d")), 0.4, "Networking", "Distribution"),
    "task": Kind("AmazonECS", "Amazon Elastic Container Service", "Compute", "arn:aws:ecs:{region}:{account}:task/{cluster}/{hex32}", (
        Meter("Fargate-vCPU-Hours:perCPU", "FargateTask", "hours", "0.04048", 2, "h"),
        Meter("Fargate-GB-Hours", "FargateTask", "hours", "0.004445", 4, "h")), 0.2, "Compute", "Task"),
    "cluster": Kind("AmazonEKS", "Amazon Elastic Container Service for Kubernetes", "Compute",
        "arn:aws:eks:{region}:{account}:cluster/{name}", (
        Meter("AmazonEKS-Hours:perCluster", "CreateOperation", "Hours", "0.1", 24, "d"),), 0.8, "Compute", "Cluster"),
    "bus": Kind("AWSEvents", "CloudWatch Events", "CloudWatch Events", "{name}", (
        Meter("Event-64K-Chunks", "PutCrossAccountEvents", "64K-Chunks", "0.000001", 800000, "d"),), -2.0, "Integration", "Event Bus"),
    "profile": Kind("AmazonBedrock", "Amazon Bedrock", "Amazon Bedrock",
        "arn:aws:bedrock:{region}:{account}:application-inference-profile/{hex12}", (
        Meter("Claude-InputTokenCount", "InvokeModelInference", "1K tokens", "0.003", 2500, "d"),
        Meter("Claude-OutputTokenCount", "InvokeModelInference", "1K tokens", "0.015", 450, "d")), -0.5,
        "AI and Machine Learning", "Inference Profile"),
    "model": Kind("AmazonBedrock", "Amazon Bedrock", "Amazon Bedrock", "arn:aws:bedrock:{region}::foundation-model/{name}", (
        Meter("Claude-InputTokenCount", "InvokeModelInference", "1K tokens", "0.003", 2500, "d"),
        Meter("Claude-OutputTokenCount", "InvokeModelInference", "1K tokens", "0.015", 400, "d")), -9.0,
        "AI and Machine Learning", "Foundation Model"),
    "scanner": Kind("AmazonEC2", _EC2_NAME, "Compute Instance", "i-{hex17}", (
        Meter("BoxUsage:{size}", "RunInstances", "Hrs", "", 24, "d"),), -0.5, "Compute", "Instance", EC2),
}  # fmt: skip

# How many of each kind an app of weight 1 has in production (staging and dev have fewer).
ARCHETYPES: dict[str, dict[str, float]] = {
    "web": {"instance": 4.4, "volume": 4.5, "snapshot": 3, "balancer": 1.2, "database": 1.5, "cache": 0.6, "bucket": 1.4, "logs": 4,
            "alarm": 4, "queue": 1, "secret": 2, "repository": 1, "key": 0.5, "distribution": 0.3, "task": 0.3, "filesystem": 0.2},
    "serverless": {"function": 8, "logs": 8, "table": 3, "bucket": 1.2, "queue": 2.5, "topic": 1.5, "restapi": 0.8, "secret": 1.5,
                   "machine": 1, "alarm": 3, "key": 0.4, "profile": 0.25},
    "data": {"instance": 1.2, "volume": 3, "snapshot": 3, "bucket": 5, "job": 6, "stream": 1.2, "warehouse": 0.5, "logs": 3, "machine": 2,
             "table": 1, "function": 3, "repository": 0.6, "key": 0.5, "filesystem": 0.3, "secret": 1},
    "search": {"instance": 5, "volume": 6, "snapshot": 3, "domain": 1.6, "cache": 1, "balancer": 0.5, "bucket": 1.5, "logs": 3, "alarm": 3,
               "queue": 1, "repository": 0.6, "secret": 1},
    "ml": {"instance": 1.6, "spot": 5, "volume": 4, "snapshot": 3, "endpoint": 1.6, "bucket": 3, "repository": 1.5, "logs": 3, "function": 2,
           "machine": 1, "job": 1, "profile": 0.5, "filesystem": 0.5},
    "batch": {"instance": 2.0, "spot": 6, "volume": 5, "snapshot": 2, "bucket": 2, "logs": 2, "queue": 1.5, "repository": 1, "machine": 1,
              "function": 1.5, "secret": 1, "task": 0.5},
}  # fmt: skip
