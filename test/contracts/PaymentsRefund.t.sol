// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPayments} from "../../contracts/interfaces/IPayments.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {ClassId} from "../../contracts/libraries/ClassId.sol";
import {Built} from "./helpers/Built.sol";
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
        IPayments.Terms memory terms = _pay(count, _rate());
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

    function test_refund_tellsWhoGotWhatOfWhichPayment() public {
        IPayments.Terms memory terms = _pay(3, _rate());
        _settle(terms, 1, IPayments.Verdict.Fine);
        vm.expectEmit(address(payments));
        emit IPayments.Refunded(_idOf(terms), ALICE, 5e18);
        vm.prank(MALLORY);
        payments.refund(terms);
    }

    function test_refund_revertsWhen_thePaymentIsUnknown() public {
        IPayments.Terms memory terms = _terms(ALICE, 2, _rate());
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
        payments.pay(root, 1, _rate(), deliverBy);
        IPayments.Terms memory terms = _terms(_recipient(0), 1, _rate());
        _settle(terms, 0, IPayments.Verdict.Fine);
        payments.refund(terms);
        vm.assertEq(token.balanceOf(_recipient(0)), 7e18);
    }

    function test_aPaymentOfTheBaseAlone_movesNothingLater() public {
        IPayments.Terms memory terms = _pay(2, IPayments.Rate({base: 1e16, bond: 0, tip: 0}));
        vm.recordLogs();
        _settle(terms, 0, IPayments.Verdict.Spam);
        vm.assertEq(vm.getRecordedLogs().length, 1);
        vm.warp(deliverBy + 14 days);
        _expectNothingDue(terms);
        payments.refund(terms);
        vm.assertEq(token.balanceOf(address(payments)), 0);
    }

    /// @notice Four billion units of the highest amounts there are: nothing overflows, and all that is due comes back.
    function test_refund_returnsTheMostThatCanBePaid() public {
        uint96 most = type(uint96).max;
        tree = Built.newNoteTree(OWNER, 2 ** 20);
        token = Built.newPostageToken(ALICE, 4 * uint256(type(uint32).max) * most);
        IPayments.Floor memory floor = IPayments.Floor(most, most, most, 5_000);
        payments = Built.newPayments(OWNER, token, tree, IPostage.Disposal.Burn, address(pool), floor);
        vm.prank(OWNER);
        tree.addInserter(address(payments), ClassId.PAYMENT);
        IPayments.Rate memory rate = IPayments.Rate(most, most, most);
        uint256 each = uint256(type(uint32).max) * most;
        vm.prank(ALICE);
        token.approve(address(payments), 3 * each);
        vm.prank(ALICE);
        payments.pay(USE, type(uint32).max, rate, deliverBy);
        vm.assertEq(token.balanceOf(ALICE), each);
        vm.assertEq(token.balanceOf(address(pool)), each / 2);

        vm.warp(deliverBy + 14 days);
        vm.assertEq(payments.refund(IPayments.Terms(ALICE, type(uint32).max, uint40(deliverBy), USE, rate)), 2 * each);
        vm.assertEq(token.balanceOf(ALICE), 3 * each);
    }

    function _expectNothingDue(IPayments.Terms memory terms) private {
        vm.expectRevert(abi.encodeWithSelector(IPayments.PaymentsNothingDue.selector, _idOf(terms)));
    }
}
