import json

import pandas as pd

from costdna.export.principals import hashed, hide

ROLE, USER = "arn:aws:sts::111122223333:assumed-role/search/maria@x.org", "AssumedRole:AROAEXAMPLEEXAMPLE:maria"


def test_no_principal_survives_anywhere():
    charges = pd.DataFrame(
        {
            "x_PrincipalId": [ROLE, ""],
            "x_TagSet": [json.dumps([["resource", "aws:createdBy", USER], ["resource", "user:Team", "search"]]), "[]"],
        }
    )
    groups = pd.DataFrame(
        {
            "x_Kind": ["creator", "account"],
            "x_Group": ["AROAEXAMPLEEXAMPLE", "111122223333"],
            "x_Reason": ["created by AROAEXAMPLEEXAMPLE", "billed in account 111122223333"],
        }
    )
    owned = pd.DataFrame({"x_Reason": [f"created by AROAEXAMPLEEXAMPLE; called by {ROLE}, often"]})
    text = "".join(hide(f).to_csv() for f in (charges, groups, owned))
    assert "maria" not in text and "AROAEXAMPLE" not in text and "assumed-role" not in text
    assert "search" in text and "billed in account 111122223333" in text


def test_one_principal_has_one_hash_and_the_input_is_left_alone():
    frame = pd.DataFrame({"x_PrincipalId": [ROLE, ROLE, ""]})
    out = hide(frame)
    assert out["x_PrincipalId"].tolist() == [hashed(ROLE), hashed(ROLE), ""] and frame["x_PrincipalId"].iat[0] == ROLE


def test_a_personal_group_without_a_known_form_is_hashed_too():
    out = hide(pd.DataFrame({"x_Kind": ["creator"], "x_Group": ["maria"], "x_Reason": ["created by maria"]}))
    assert out.to_numpy().tolist() == [["creator", hashed("maria"), f"created by {hashed('maria')}"]]
