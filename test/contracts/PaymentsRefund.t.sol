// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPayments} from "../../contracts/interfaces/IPayments.sol";
import {PaymentsFixture} from "./helpers/PaymentsFixture.sol";

contract PaymentsRefundTest is PaymentsFixture {
    function testFuzz_refund_returnsFineBondsAtOnceAndOpenUnitsAtTheEnd(
        uint256 count,
        uint256 fine,
        uint256 spam
    ) public {
        count = _bound(count, 1, 20);
        fine = _bound(fine, 0, count);
        spam = _bound(spam, 0, count - fine);
        IPayments.Terms memory terms = _pay(count, _unit());
        for (uint256 i = 0; i < fine; i++) _settle(terms, i, IPayments.Verdict.Fine);
        for (uint256 i = fine; i < fine + spam; i++) _settle(terms, i, IPayments.Verdict.Spam);

        uint256 before = token.balanceOf(ALICE);
        vm.warp(deliverBy + 14 days - 1);
        if (fine == 0) _expectNothingDue(terms);
        vm.prank(MALLORY);
        payments.refund(terms);
        vm.assertEq(token.balanceOf(ALICE) - before, fine * 5e18);

        vm.warp(deliverBy + 14 days);
        if (fine + spam == count) _expectNothingDue(terms);
        payments.refund(terms);
        vm.assertEq(token.balanceOf(ALICE) - before, fine * 5e18 + (count - fine - spam) * 7e18);
        vm.assertEq(token.balanceOf(address(payments)), 0);
        vm.assertEq(token.balanceOf(MALLORY), 0);
        _expectNothingDue(terms);
        payments.refund(terms);
    }

    function test_refund_revertsWhen_thePaymentIsUnknown() public {
        IPayments.Terms memory terms = _terms(ALICE, 2, _unit());
        vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsUnknown.selector, _idOf(terms)));
        payments.refund(terms);
    }

    function test_senderAndRecipientTogether_loseTheBase() public {
        vm.prank(ALICE);
        token.transfer(_recipient(0), 8e18);
        vm.prank(_recipient(0));
        token.approve(address(payments), 8e18);
        bytes32 root = _root(1);
        vm.prank(_recipient(0));
        payments.pay(root, 1, _unit(), deliverBy);
        IPayments.Terms memory terms = _terms(_recipient(0), 1, _unit());
        _settle(terms, 0, IPayments.Verdict.Fine);
        payments.refund(terms);
        vm.assertEq(token.balanceOf(_recipient(0)), 7e18);
    }

    function _expectNothingDue(IPayments.Terms memory terms) private {
        vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsNothingDue.selector, _idOf(terms)));
    }
}
