"""Every check of the pack keeps the contract of Guiju's own."""

from guiju.testing import ContractTests


class TestPack(ContractTests):
    package = "guiju_example_pack.checks"
