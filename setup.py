"""What pyproject.toml cannot say: in a wheel, `data/` travels as `dremeta_lite.data`."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["dremeta_lite*"]), "dremeta_lite.data"],
    package_dir={"dremeta_lite.data": "data"},
    package_data={"": ["**"]},
    exclude_package_data={"": ["*.pyc", "**/*.pyc"]},
)
