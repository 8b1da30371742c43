import yaml
from setuptools import setup

with open("project.yaml") as f:
    project = yaml.safe_load(f)

setup(name=project["name"], version=project["version"], py_modules=["shapes"])
