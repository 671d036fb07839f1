"""The one error the site's renderer raises for a person to read."""


class SiteError(Exception):
    """Something a person must mend before the site can be rendered."""
