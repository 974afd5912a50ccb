// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {OperatorPool} from "../../contracts/OperatorPool.sol";
import {IPayments} from "../../contracts/interfaces/IPayments.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {RebasingToken} from "../../contracts/mocks/RebasingToken.sol";
import {PaymentsFixture} from "./helpers/PaymentsFixture.sol";

/// @notice A token whose balances change by themselves: nobody gets more than was written down, and what is missing is
/// missing for who comes last, not taken from elsewhere.
contract PaymentsRebasingTest is PaymentsFixture {
    RebasingToken private _rebasing;
    OperatorPool private _pool;

    function setUp() public override {
        super.setUp();
        _rebasing = new RebasingToken(ALICE, SUPPLY);
        (, _pool, payments) = _deploy(_rebasing, IPostage.Disposal.Burn);
        vm.prank(OWNER);
        _pool.addOperator(OPERATOR);
        vm.prank(ALICE);
        _rebasing.approve(address(payments), SUPPLY);
    }

    function test_settle_paysTheTipThatWasPromisedWhen_balancesGrow() public {
        IPayments.Terms memory terms = _pay(3, _rate());
        _rebasing.rebase(200);
        for (uint256 i = 0; i < 3; i++) _settle(terms, i, IPayments.Verdict.Fine);
        for (uint256 i = 0; i < 3; i++) vm.assertEq(_rebasing.balanceOf(_recipient(i)), 2e18);
        uint256 before = _rebasing.balanceOf(ALICE);
        payments.refund(terms);
        vm.assertEq(_rebasing.balanceOf(ALICE) - before, 15e18);
        vm.assertEq(_rebasing.balanceOf(address(payments)), 21e18);
    }

    function test_settle_paysUntilNothingIsLeftWhen_balancesShrink() public {
        IPayments.Terms memory terms = _pay(3, _rate());
        _rebasing.rebase(25); // 5.25 of 21 are left
        _settle(terms, 0, IPayments.Verdict.Fine);
        _settle(terms, 1, IPayments.Verdict.Fine);
        IPayments.Opening memory last = _opening(terms, 2, IPayments.Verdict.Fine);
        string memory tooLow = "ERC20InsufficientBalance(address,uint256,uint256)";
        vm.expectRevert(abi.encodeWithSignature(tooLow, address(payments), 5e18, 8e18));
        payments.settle(terms, last);
        vm.assertFalse(payments.isSettled(_idOf(terms), 2));

        _rebasing.rebase(100);
        payments.settle(terms, last);
        vm.assertEq(payments.ledgerOf(_idOf(terms)).fine, 3);
    }

    function test_withdraw_sharesWhatIsThereWhen_balancesChange() public {
        _pay(10, _rate());
        vm.assertEq(_pool.dueTo(OPERATOR), 3e18);
        _rebasing.rebase(50);
        vm.assertEq(_pool.dueTo(OPERATOR), 15e17);
        vm.prank(OPERATOR);
        vm.assertEq(_pool.withdraw(), 15e17);
        vm.assertEq(_pool.dueTo(OPERATOR), 0);
    }
}
