"""One resource of every kind whose tags the AWS double keeps: made by the services' own calls, named by its ARN."""

import json

ACCOUNT, REGION = "123456789012", "eu-west-1"
_TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def _bucket(client) -> str:
    client("s3").create_bucket(Bucket="shop-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    return "arn:aws:s3:::shop-logs"


def _instance(client) -> str:
    image = client("ec2").describe_images()["Images"][0]["ImageId"]
    made = client("ec2").run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{made}"


def _volume(client) -> str:
    made = client("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/{made}"


def _role(client) -> str:
    return client("iam").create_role(RoleName="web", AssumeRolePolicyDocument=_TRUST, Path="/eng/")["Role"]["Arn"]


def _user(client) -> str:
    return client("iam").create_user(UserName="robot")["User"]["Arn"]


def _group(client) -> str:
    image = client("ec2").describe_images()["Images"][0]["ImageId"]
    client("autoscaling").create_launch_configuration(
        LaunchConfigurationName="lc", ImageId=image, InstanceType="t3.micro"
    )
    client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="web", LaunchConfigurationName="lc", MinSize=0, MaxSize=0, AvailabilityZones=[f"{REGION}a"]
    )
    return client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupARN"]


def _table(client) -> str:
    made = client("dynamodb").create_table(
        TableName="carts",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "Name", "Value": "carts"}],
    )
    return made["TableDescription"]["TableArn"]


def _database(client) -> str:
    return client("rds").create_db_instance(
        DBInstanceIdentifier="main",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="u",
        MasterUserPassword="not-a-secret-1",
        AllocatedStorage=5,
        Tags=[{"Key": "Name", "Value": "main"}],
    )["DBInstance"]["DBInstanceArn"]


def _log_group(client) -> str:
    client("logs").create_log_group(logGroupName="/aws/lambda/thumbs", tags={"Name": "thumbs"})
    return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/thumbs"


def _topic(client) -> str:
    return client("sns").create_topic(Name="alerts")["TopicArn"]


def _key(client) -> str:
    return client("kms").create_key()["KeyMetadata"]["Arn"]


def _secret(client) -> str:
    return client("secretsmanager").create_secret(Name="db", SecretString="not-one")["ARN"]


def _ecs(client) -> str:
    return client("ecs").create_cluster(clusterName="apps")["cluster"]["clusterArn"]


def _eks(client) -> str:
    return client("eks").create_cluster(name="apps", roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks", resourcesVpcConfig={})[
        "cluster"
    ]["arn"]


def _machine(client) -> str:
    return client("stepfunctions").create_state_machine(
        name="flow", definition="{}", roleArn=f"arn:aws:iam::{ACCOUNT}:role/flow"
    )["stateMachineArn"]


def _file_system(client) -> str:
    return client("efs").create_file_system(CreationToken="x")["FileSystemArn"]


def _balancer(client) -> str:
    vpc = client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [
        s["SubnetId"]
        for s in client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"][:2]
    ]
    return client("elbv2").create_load_balancer(Name="front", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]


def _classic_balancer(client) -> str:
    client("elb").create_load_balancer(
        LoadBalancerName="old",
        Listeners=[{"Protocol": "tcp", "LoadBalancerPort": 80, "InstancePort": 80}],
        AvailabilityZones=[f"{REGION}a"],
    )
    return f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/old"


def _job(client) -> str:
    client("glue").create_job(Name="nightly", Role="r", Command={"Name": "glueetl"})
    return f"arn:aws:glue:{REGION}:{ACCOUNT}:job/nightly"


def _repository(client) -> str:
    return client("ecr").create_repository(repositoryName="shop")["repository"]["repositoryArn"]


def _cache(client) -> str:
    client("elasticache").create_cache_cluster(
        CacheClusterId="sessions", CacheNodeType="cache.t3.micro", Engine="redis", NumCacheNodes=1
    )
    return client("elasticache").describe_cache_clusters()["CacheClusters"][0]["ARN"]


def _function(client) -> str:
    import io
    import zipfile

    role = client("iam").create_role(
        RoleName="thumbs",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as packed:
        packed.writestr("a.py", "def handler(event, context): return 1")
    return client("lambda").create_function(
        FunctionName="thumbs",
        Runtime="python3.12",
        Role=role["Role"]["Arn"],
        Handler="a.handler",
        Code={"ZipFile": code.getvalue()},
    )["FunctionArn"]


def _queue(client) -> str:
    made = client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    return client("sqs").get_queue_attributes(QueueUrl=made, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def _warehouse(client) -> str:
    client("redshift").create_cluster(
        ClusterIdentifier="sums", NodeType="ra3.xlplus", MasterUsername="u", MasterUserPassword="Not-a-secret-1"
    )
    return f"arn:aws:redshift:{REGION}:{ACCOUNT}:cluster:sums"


def _domain(client) -> str:
    return client("opensearch").create_domain(DomainName="finder")["DomainStatus"]["ARN"]


def _notebook(client) -> str:
    return client("sagemaker").create_notebook_instance(
        NotebookInstanceName="lab", InstanceType="ml.t3.medium", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/lab"
    )["NotebookInstanceArn"]


def _rule(client) -> str:
    return client("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")["RuleArn"]


def _delivery(client) -> str:
    return client("firehose").create_delivery_stream(
        DeliveryStreamName="clicks",
        S3DestinationConfiguration={
            "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/clicks",
            "BucketARN": "arn:aws:s3:::clicks",
        },
    )["DeliveryStreamARN"]


def _kafka(client) -> str:
    return client("kafka").create_cluster_v2(
        ClusterName="log", Serverless={"VpcConfigs": [{"SubnetIds": ["subnet-0123456789abcdef0"]}]}
    )["ClusterArn"]


def _broker(client) -> str:
    return client("mq").create_broker(
        BrokerName="mail",
        EngineType="ACTIVEMQ",
        EngineVersion="5.18",
        HostInstanceType="mq.t3.micro",
        DeploymentMode="SINGLE_INSTANCE",
        PubliclyAccessible=False,
        AutoMinorVersionUpgrade=False,
        Users=[{"Username": "u", "Password": "not-a-secret-1"}],
    )["BrokerArn"]


def _lustre(client) -> str:
    return client("fsx").create_file_system(
        FileSystemType="LUSTRE", StorageCapacity=1200, SubnetIds=["subnet-0123456789abcdef0"]
    )["FileSystem"]["ResourceARN"]


def _memory(client) -> str:
    return client("memorydb").create_cluster(ClusterName="hot", NodeType="db.t4g.small", ACLName="open-access")[
        "Cluster"
    ]["ARN"]


def _vault(client) -> str:
    return client("backup").create_backup_vault(BackupVaultName="safe")["BackupVaultArn"]


def _alarm(client) -> str:
    client("cloudwatch").put_metric_alarm(
        AlarmName="late",
        MetricName="Age",
        Namespace="AWS/SQS",
        Statistic="Maximum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=60,
        ComparisonOperator="GreaterThanThreshold",
    )
    return client("cloudwatch").describe_alarms()["MetricAlarms"][0]["AlarmArn"]


MAKERS = {
    "S3 bucket": _bucket,
    "EC2 instance": _instance,
    "EBS volume": _volume,
    "IAM role": _role,
    "IAM user": _user,
    "Auto Scaling group": _group,
    "DynamoDB table": _table,
    "RDS database": _database,
    "log group": _log_group,
    "SNS topic": _topic,
    "KMS key": _key,
    "secret": _secret,
    "ECS cluster": _ecs,
    "EKS cluster": _eks,
    "state machine": _machine,
    "EFS file system": _file_system,
    "load balancer": _balancer,
    "classic load balancer": _classic_balancer,
    "Glue job": _job,
    "ECR repository": _repository,
    "Lambda function": _function,
    "ElastiCache cluster": _cache,
    "SQS queue": _queue,
    "Redshift cluster": _warehouse,
    "OpenSearch domain": _domain,
    "SageMaker notebook": _notebook,
    "EventBridge rule": _rule,
    "Firehose stream": _delivery,
    "MSK cluster": _kafka,
    "MQ broker": _broker,
    "FSx file system": _lustre,
    "MemoryDB cluster": _memory,
    "backup vault": _vault,
    "CloudWatch alarm": _alarm,
}
"""Kind → maker(client), where client(service) gives a boto3 client; it returns the ARN."""
