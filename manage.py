#!/usr/bin/env python
"""Django's command line, with the settings of this project and of ``.env``."""

import os
import sys

from django.core.management import execute_from_command_line
from dotenv import load_dotenv

from contract.environment import SettingError
from contract.files import restrict_new_files

if __name__ == "__main__":
    restrict_new_files()
    load_dotenv()
    os.environ["DJANGO_SETTINGS_MODULE"] = "trendsite.settings"
    try:
        execute_from_command_line(sys.argv)
    except SettingError as error:
        sys.exit(f"trendsite: {error}")
