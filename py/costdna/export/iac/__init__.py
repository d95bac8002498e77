"""Owners as a patch for infrastructure code: Terraform and CloudFormation, text kept as it is but for the tags."""
