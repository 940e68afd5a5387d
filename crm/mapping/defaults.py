"""The mappings that a new connection starts with; the guide's for HubSpot, with the marketing source and the score."""

from crm.mapping.rows import Rows

_OWN: Rows = {
    "pipeline_lead_score": "{{score.total}}",
    "pipeline_lead_band": "{{score.band}}",
    "pipeline_source": "{{source.name}}",
    "pipeline_medium": "{{source.medium}}",
    "pipeline_campaign": "{{source.campaign}}",
    "pipeline_keyword": "{{source.keyword}}",
    "pipeline_gclid": "{{source.gclid}}",
    "pipeline_landing_page": "{{source.landing_page}}",
    "pipeline_primary_id": "{{primary_crm_id}}",
}

DEFAULTS: dict[str, Rows] = {
    "hubspot": {
        "email": "{{caller_email}}",
        "firstname": "{{caller_name.first}}",
        "lastname": {"value": "{{caller_name.last}}", "if_new": "{{lead.display_name}}"},
        "phone": "{{caller_phone}}",
        "lifecyclestage": {"if_new": "lead"},
        **_OWN,
    },
    "salesforce": {
        "FirstName": "{{caller_name.first}}",
        "LastName": {"value": "{{caller_name.last}}", "if_new": "{{lead.display_name}}"},
        "Company": {"if_new": "{{lead.display_name}}"},
        "Email": "{{caller_email}}",
        "Phone": "{{caller_phone}}",
        "LeadSource": {"if_new": "{{source.name}}"},
        "Rating": "{{score.rating}}",
        "Description": {
            "if_new": "{{call.summary}}\nProject: {{lead.project_type}}\nTimeline: {{lead.timeline}}\n"
            "Source: {{source.name}}\nMedium: {{source.medium}}\nCampaign: {{source.campaign}}\n"
            "Keyword: {{source.keyword}}\nGoogle click id: {{source.gclid}}\nLanding page: {{source.landing_page}}"
        },
        "Pipeline_Lead_Score__c": "{{score.total}}",
        "Pipeline_Primary_Id__c": "{{primary_crm_id}}",
    },
    "pipedrive": {
        "name": {"value": "{{caller_name}}", "if_new": "{{lead.display_name}}"},
        "email": "{{caller_email}}",
        "phone": "{{caller_phone}}",
        "title": {"if_new": "{{lead.display_name}}: {{lead.project_type}}"},
        **_OWN,
    },
}
