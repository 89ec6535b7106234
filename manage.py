#!/usr/bin/env python
"""Django's command line, with the settings of this project and of ``.env``."""

import os
import sys

import django
from django.core.management import execute_from_command_line
from dotenv import load_dotenv

from contract.environment import Environment, SettingError
from contract.error_reports import start_error_reports
from contract.files import restrict_new_files
from contract.logs import print_as_logged
from contract.version import VERSION

if __name__ == "__main__":
    if sys.argv[1:] in (["--version"], ["version"]):
        print(f"Trendsite {VERSION}, Django {django.get_version()}")
        sys.exit()
    restrict_new_files()
    load_dotenv()
    os.environ["DJANGO_SETTINGS_MODULE"] = "trendsite.settings"
    try:
        if "--outcome-pipe" in sys.argv:  # a run of the watching process; all else speaks to a person
            print_as_logged("archive", Environment(os.environ))
            start_error_reports("archive", Environment(os.environ))
        execute_from_command_line(sys.argv)
    except SettingError as error:
        sys.exit(f"trendsite: {error}")
