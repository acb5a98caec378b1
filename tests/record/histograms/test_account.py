"""Accounts of arrivals: one for each owner, and they add up."""

from harness.record.histograms.account import NOBODY, OWNERS, VARIANTS, Account, new_accounts, total_of


def test_the_total_of_all_owners_is_the_sum_of_each_number():
    accounts = new_accounts()
    for number, account in enumerate(accounts.values(), start=1):
        account.add(Account(due=4 * number, completed=number, failed=number, dropped=number, open=number))
    each = sum(range(1, len(OWNERS) + 1))
    total = total_of(accounts)
    assert total == Account(due=4 * each, completed=each, failed=each, dropped=each, open=each)
    assert total.ended == 3 * each


def test_nobody_comes_after_every_variant():
    assert [OWNERS[index] for index in range(NOBODY)] == [str(variant) for variant in VARIANTS]
