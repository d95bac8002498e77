"""The calls that list what costs money, service by service. A new service is a row here; the roles and the doctor
follow from it.
"""

from costdna_companion.collect.inventory.call import Call, Each, Link

_TAGS = "Tags"
_VPC = Link("vpc", "VpcId")


def _role(path: str) -> Link:
    return Link("role", path, tail=True)


CALLS = (
    Call("ec2", "describe_instances", "Reservations[].Instances[]", "ec2:instance", "InstanceId", "arn:{partition}:ec2:{region}:{account}:instance/{id}", tags=_TAGS, created="LaunchTime", state="State.Name",
         links=(_VPC, _role("IamInstanceProfile.Arn"), Link("attachment", "InstanceId", "BlockDeviceMappings[].Ebs.VolumeId"), Link("attachment", "InstanceId"))),
    Call("ec2", "describe_volumes", "Volumes[]", "ec2:volume", "VolumeId", "arn:{partition}:ec2:{region}:{account}:volume/{id}", tags=_TAGS, created="CreateTime", state="State",
         links=(Link("attachment", "Attachments[].InstanceId"), Link("attachment", "Attachments[].InstanceId", "Attachments[].InstanceId"))),
    Call("ec2", "describe_snapshots", "Snapshots[]", "ec2:snapshot", "SnapshotId", "arn:{partition}:ec2:{region}:{account}:snapshot/{id}", tags=_TAGS, created="StartTime", state="State", request={"OwnerIds": ["self"]},
         links=(Link("attachment", "VolumeId"), Link("attachment", "VolumeId", "VolumeId"))),
    Call("ec2", "describe_images", "Images[]", "ec2:image", "ImageId", "arn:{partition}:ec2:{region}:{account}:image/{id}", name="Name", tags=_TAGS, created="CreationDate", state="State", request={"Owners": ["self"]},
         links=(Link("attachment", "ImageId", "BlockDeviceMappings[].Ebs.SnapshotId"),)),
    Call("ec2", "describe_nat_gateways", "NatGateways[]", "ec2:natgateway", "NatGatewayId", "arn:{partition}:ec2:{region}:{account}:natgateway/{id}", tags=_TAGS, created="CreateTime", state="State", links=(_VPC,)),
    Call("ec2", "describe_addresses", "Addresses[]", "ec2:elastic-ip", "AllocationId", "arn:{partition}:ec2:{region}:{account}:elastic-ip/{id}", tags=_TAGS, state="AssociationId && 'associated' || 'idle'",
         links=(Link("attachment", "InstanceId"), Link("attachment", "InstanceId", "InstanceId"))),
    Call("ec2", "describe_vpc_endpoints", "VpcEndpoints[]", "ec2:vpc-endpoint", "VpcEndpointId", "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{id}", tags=_TAGS, created="CreationTimestamp", state="State", links=(_VPC,)),
    Call("ec2", "describe_vpcs", "Vpcs[]", "ec2:vpc", "VpcId", "arn:{partition}:ec2:{region}:{account}:vpc/{id}", tags=_TAGS, state="State", links=(_VPC,)),
    Call("ec2", "describe_transit_gateways", "TransitGateways[]", "ec2:transit-gateway", "TransitGatewayId", "TransitGatewayArn", tags=_TAGS, created="CreationTime", state="State"),
    Call("ec2", "describe_vpn_connections", "VpnConnections[]", "ec2:vpn-connection", "VpnConnectionId", "arn:{partition}:ec2:{region}:{account}:vpn-connection/{id}", tags=_TAGS, state="State"),
    Call("s3", "list_buckets", "Buckets[]", "s3:bucket", "Name", "arn:{partition}:s3:::{id}", name="Name", created="CreationDate", region="BucketRegion", everywhere=True, action="s3:ListAllMyBuckets",
         request={"MaxBuckets": 1000}),  # without a limit S3 leaves the Regions out
    Call("lambda", "list_functions", "Functions[]", "lambda:function", "FunctionName", "FunctionArn", name="FunctionName", created="LastModified", state="State",
         links=(_role("Role"), Link("vpc", "VpcConfig.VpcId"))),
    Call("rds", "describe_db_instances", "DBInstances[]", "rds:db", "DBInstanceIdentifier", "DBInstanceArn", name="DBInstanceIdentifier", tags="TagList", created="InstanceCreateTime", state="DBInstanceStatus",
         links=(Link("vpc", "DBSubnetGroup.VpcId"), Link("cluster", "DBClusterIdentifier"))),
    Call("rds", "describe_db_clusters", "DBClusters[]", "rds:cluster", "DBClusterIdentifier", "DBClusterArn", name="DBClusterIdentifier", tags="TagList", created="ClusterCreateTime", state="Status",
         links=(Link("cluster", "DBClusterIdentifier"),)),
    Call("rds", "describe_db_snapshots", "DBSnapshots[]", "rds:snapshot", "DBSnapshotIdentifier", "DBSnapshotArn", name="DBSnapshotIdentifier", tags="TagList", created="SnapshotCreateTime", state="Status",
         request={"SnapshotType": "manual"}, links=(Link("attachment", "DBInstanceIdentifier"), Link("attachment", "DBInstanceIdentifier", "DBInstanceIdentifier", "rds:{}"))),
    Call("dynamodb", "list_tables", "TableNames[]", "dynamodb:table", "@", "arn:{partition}:dynamodb:{region}:{account}:table/{id}", name="@"),
    Call("elbv2", "describe_load_balancers", "LoadBalancers[]", "elasticloadbalancing:loadbalancer", "LoadBalancerName", "LoadBalancerArn", name="LoadBalancerName", created="CreatedTime", state="State.Code", links=(_VPC,)),
    Call("elb", "describe_load_balancers", "LoadBalancerDescriptions[]", "elasticloadbalancing:loadbalancer", "LoadBalancerName", "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{id}",
         name="LoadBalancerName", created="CreatedTime", links=(Link("vpc", "VPCId"), Link("attachment", "LoadBalancerName"), Link("attachment", "LoadBalancerName", "Instances[].InstanceId"))),
    Call("sqs", "list_queues", "QueueUrls[]", "sqs:queue", "@", "arn:{partition}:sqs:{region}:{account}:{tail}", name="@"),
    Call("sns", "list_topics", "Topics[]", "sns:topic", "TopicArn", "TopicArn"),
    Call("kinesis", "list_streams", "StreamNames[]", "kinesis:stream", "@", "arn:{partition}:kinesis:{region}:{account}:stream/{id}", name="@"),
    Call("firehose", "list_delivery_streams", "DeliveryStreamNames[]", "firehose:deliverystream", "@", "arn:{partition}:firehose:{region}:{account}:deliverystream/{id}", name="@"),
    Call("elasticache", "describe_cache_clusters", "CacheClusters[]", "elasticache:cluster", "CacheClusterId", "ARN", name="CacheClusterId", created="CacheClusterCreateTime", state="CacheClusterStatus",
         links=(Link("cluster", "ReplicationGroupId"),)),
    Call("memorydb", "describe_clusters", "Clusters[]", "memorydb:cluster", "Name", "ARN", name="Name", state="Status"),
    Call("redshift", "describe_clusters", "Clusters[]", "redshift:cluster", "ClusterIdentifier", "arn:{partition}:redshift:{region}:{account}:cluster:{id}", name="ClusterIdentifier", tags=_TAGS, created="ClusterCreateTime",
         state="ClusterStatus", links=(_VPC, _role("IamRoles[].IamRoleArn"))),
    Call("opensearch", "list_domain_names", "DomainNames[]", "es:domain", "DomainName", "arn:{partition}:es:{region}:{account}:domain/{id}", name="DomainName"),
    Call("efs", "describe_file_systems", "FileSystems[]", "elasticfilesystem:file-system", "FileSystemId", "FileSystemArn", name="Name", tags=_TAGS, created="CreationTime", state="LifeCycleState"),
    Call("fsx", "describe_file_systems", "FileSystems[]", "fsx:file-system", "FileSystemId", "ResourceARN", tags=_TAGS, created="CreationTime", state="Lifecycle", links=(_VPC,)),
    Call("logs", "describe_log_groups", "logGroups[]", "logs:log-group", "logGroupName", "arn:{partition}:logs:{region}:{account}:log-group:{id}", name="logGroupName", created="creationTime"),
    Call("secretsmanager", "list_secrets", "SecretList[]", "secretsmanager:secret", "Name", "ARN", name="Name", tags=_TAGS, created="CreatedDate"),
    Call("kms", "list_keys", "Keys[]", "kms:key", "KeyId", "KeyArn"),
    Call("stepfunctions", "list_state_machines", "stateMachines[]", "states:stateMachine", "name", "stateMachineArn", name="name", created="creationDate"),
    Call("glue", "get_jobs", "Jobs[]", "glue:job", "Name", "arn:{partition}:glue:{region}:{account}:job/{id}", name="Name", created="CreatedOn", links=(_role("Role"),)),
    Call("apigateway", "get_rest_apis", "items[]", "apigateway:restapi", "id", "arn:{partition}:apigateway:{region}::/restapis/{id}", name="name", tags="tags", created="createdDate", action="apigateway:GET"),
    Call("apigatewayv2", "get_apis", "Items[]", "apigateway:api", "ApiId", "arn:{partition}:apigateway:{region}::/apis/{id}", name="Name", tags=_TAGS, created="CreatedDate", action="apigateway:GET"),
    Call("cloudfront", "list_distributions", "DistributionList.Items[]", "cloudfront:distribution", "Id", "ARN", name="Comment", state="Status", everywhere=True),
    Call("route53", "list_hosted_zones", "HostedZones[]", "route53:hostedzone", "Id", "arn:{partition}:route53:::hostedzone/{tail}", name="Name", everywhere=True),
    Call("sagemaker", "list_notebook_instances", "NotebookInstances[]", "sagemaker:notebook-instance", "NotebookInstanceName", "NotebookInstanceArn", name="NotebookInstanceName", created="CreationTime", state="NotebookInstanceStatus"),
    Call("sagemaker", "list_endpoints", "Endpoints[]", "sagemaker:endpoint", "EndpointName", "EndpointArn", name="EndpointName", created="CreationTime", state="EndpointStatus"),
    Call("ecr", "describe_repositories", "repositories[]", "ecr:repository", "repositoryName", "repositoryArn", name="repositoryName", created="createdAt"),
    Call("cloudwatch", "describe_alarms", "MetricAlarms[]", "cloudwatch:alarm", "AlarmName", "AlarmArn", name="AlarmName", state="StateValue"),
    Call("events", "list_rules", "Rules[]", "events:rule", "Name", "Arn", name="Name", state="State", links=(_role("RoleArn"), Link("schedule", "ScheduleExpression"))),
    Call("emr", "list_clusters", "Clusters[]", "elasticmapreduce:cluster", "Id", "ClusterArn", name="Name", created="Status.Timeline.CreationDateTime", state="Status.State"),
    Call("kafka", "list_clusters_v2", "ClusterInfoList[]", "kafka:cluster", "ClusterName", "ClusterArn", name="ClusterName", tags=_TAGS, created="CreationTime", state="State"),
    Call("mq", "list_brokers", "BrokerSummaries[]", "mq:broker", "BrokerId", "BrokerArn", name="BrokerName", created="Created", state="BrokerState"),
    Call("transfer", "list_servers", "Servers[]", "transfer:server", "ServerId", "Arn", state="State"),
    Call("workspaces", "describe_workspaces", "Workspaces[]", "workspaces:workspace", "WorkspaceId", "arn:{partition}:workspaces:{region}:{account}:workspace/{id}", name="ComputerName", state="State"),
    Call("backup", "list_backup_vaults", "BackupVaultList[]", "backup:backup-vault", "BackupVaultName", "BackupVaultArn", name="BackupVaultName", created="CreationDate"),
    Call("dms", "describe_replication_instances", "ReplicationInstances[]", "dms:rep", "ReplicationInstanceIdentifier", "ReplicationInstanceArn", name="ReplicationInstanceIdentifier", created="InstanceCreateTime",
         state="ReplicationInstanceStatus"),
)  # fmt: skip
"""Lists of one service's own resources."""

TOGETHER = (
    Call("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[]", "autoscaling:autoScalingGroup", "AutoScalingGroupName", "AutoScalingGroupARN", name="AutoScalingGroupName", tags=_TAGS, created="CreatedTime",
         links=(Link("cluster", "AutoScalingGroupName", "Instances[].InstanceId"), Link("cluster", "AutoScalingGroupName"))),
    Call("ecs", "list_clusters", "clusterArns[]", "ecs:cluster", "@", "@", links=(Link("cluster", "@", tail=True),)),
    Call("ecs", "list_services", "serviceArns[]", "ecs:service", "@", "@", each=Each("ecs.list_clusters", "clusterArns[]", "cluster")),
    Call("ecs", "list_container_instances", "containerInstanceArns[]", each=Each("ecs.list_clusters", "clusterArns[]", "cluster")),
    Call("ecs", "describe_container_instances", "containerInstances[]", each=Each("ecs.list_container_instances", "containerInstanceArns[]", "containerInstances", batch=100, also=(("cluster", "cluster"),)),
         links=(Link("cluster", "request.cluster", "ec2InstanceId", tail=True),)),
    Call("eks", "list_clusters", "clusters[]"),
    Call("eks", "describe_cluster", "[cluster]", "eks:cluster", "name", "arn", name="name", tags="tags", created="createdAt", state="status", each=Each("eks.list_clusters", "clusters[]", "name"),
         links=(Link("cluster", "name"), Link("vpc", "resourcesVpcConfig.vpcId"), _role("roleArn"))),
    Call("eks", "list_nodegroups", "nodegroups[]", each=Each("eks.list_clusters", "clusters[]", "clusterName")),
    Call("eks", "describe_nodegroup", "[nodegroup]", "eks:nodegroup", "nodegroupName", "nodegroupArn", name="nodegroupName", tags="tags", created="createdAt", state="status",
         each=Each("eks.list_nodegroups", "nodegroups[]", "nodegroupName", also=(("clusterName", "clusterName"),)),
         links=(Link("cluster", "clusterName"), Link("cluster", "clusterName", "resources.autoScalingGroups[].name", "autoscaling:{}"), _role("nodeRole"))),
    Call("cloudformation", "describe_stacks", "Stacks[]", "cloudformation:stack", "StackName", "StackId", name="StackName", tags=_TAGS, created="CreationTime", state="StackStatus",
         links=(Link("stack", "StackName"),)),
    Call("cloudformation", "list_stack_resources", "StackResourceSummaries[]", each=Each("cloudformation.describe_stacks", "Stacks[].StackName", "StackName")),
    Call("ec2", "describe_network_interfaces", "NetworkInterfaces[]", "ec2:network-interface", "NetworkInterfaceId", "arn:{partition}:ec2:{region}:{account}:network-interface/{id}", tags="TagSet", state="Status", links=(_VPC,)),
)  # fmt: skip
"""What belongs together by AWS's own word: scaling groups, clusters, stacks, network interfaces."""
