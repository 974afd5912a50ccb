// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IPayments} from "../../contracts/interfaces/IPayments.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {Funds} from "../../contracts/libraries/Funds.sol";
import {CrookedBurnToken} from "../../contracts/mocks/CrookedBurnToken.sol";
import {CrookedToken} from "../../contracts/mocks/CrookedToken.sol";
import {HookedToken} from "../../contracts/mocks/HookedToken.sol";
import {NestedSettler} from "../../contracts/mocks/NestedSettler.sol";
import {SilentToken} from "../../contracts/mocks/SilentToken.sol";
import {PaymentsFixture} from "./helpers/PaymentsFixture.sol";

/// @notice Tokens that lie, take fees, say nothing or call back: what is held is what was paid, or nothing is.
contract PaymentsHostileTest is PaymentsFixture {
    address private constant DEAD = address(0xdEaD);

    function testFuzz_pay_holdsAndBuriesExactlyWhen_theTokenReturnsNothing(uint256 count) public {
        count = _bound(count, 1, 1000);
        SilentToken silent = new SilentToken(ALICE, SUPPLY, 18);
        (, , payments) = _deploy(IERC20(address(silent)), IPostage.Disposal.Bury);
        vm.prank(ALICE);
        silent.approve(address(payments), SUPPLY);
        vm.prank(ALICE);
        payments.pay(USE, count, _rate(), deliverBy);

        vm.assertEq(silent.balanceOf(address(payments)), count * 7e18);
        vm.assertEq(silent.balanceOf(payments.operatorPool()), count * 3e17);
        vm.assertEq(silent.balanceOf(DEAD), count * 7e17);
    }

    function test_settle_buriesTheBondWhen_theTokenCannotBurn() public {
        SilentToken silent = new SilentToken(ALICE, SUPPLY, 18);
        (, , payments) = _deploy(IERC20(address(silent)), IPostage.Disposal.Bury);
        vm.prank(ALICE);
        silent.approve(address(payments), SUPPLY);
        _settle(_pay(1, _rate()), 0, IPayments.Verdict.Spam);

        vm.assertEq(silent.balanceOf(DEAD), 57e17);
        vm.assertEq(silent.balanceOf(_recipient(0)), 2e18);
        vm.assertEq(silent.balanceOf(address(payments)), 0);
    }

    function test_pay_revertsWhen_theTokenTakesAFeeOrTooMuchOrNothing() public {
        uint256[3] memory percents = [uint256(99), 101, 0];
        for (uint256 i = 0; i < 3; i++) {
            CrookedToken crooked = new CrookedToken(ALICE, SUPPLY, percents[i]);
            _use(address(crooked), IPostage.Disposal.Bury);
            vm.expectRevert(
                abi.encodeWithSelector(Funds.FundsNotReceived.selector, 70e18, (70e18 * percents[i]) / 100)
            );
            _payTen(_rate());
        }
    }

    function test_pay_revertsWhen_theTokenAnswersUnknownCalls() public {
        CrookedToken crooked = new CrookedToken(ALICE, SUPPLY, 100);
        _use(address(crooked), IPostage.Disposal.Burn);
        vm.expectRevert(abi.encodeWithSelector(Funds.FundsNotDestroyed.selector, 7e18, 0));
        _payTen(_rate());
    }

    function test_settle_revertsWhen_theTokenStopsBurning() public {
        CrookedBurnToken crooked = new CrookedBurnToken(ALICE, SUPPLY, 100);
        _use(address(crooked), IPostage.Disposal.Burn);
        IPayments.Terms memory terms = _pay(1, _rate());
        // It never knew how to burn its holder's own tokens, and answers that call with success.
        IPayments.Opening memory given = _opening(terms, 0, IPayments.Verdict.Spam);
        vm.expectRevert(abi.encodeWithSelector(Funds.FundsNotDestroyed.selector, 5e18, 0));
        payments.settle(terms, given);

        given = _opening(terms, 0, IPayments.Verdict.Fine);
        payments.settle(terms, given);
        vm.assertEq(crooked.balanceOf(_recipient(0)), 2e18);
    }

    function test_noCall_isPossibleInsideTheTokensCall() public {
        HookedToken hooked = new HookedToken(ALICE, SUPPLY);
        (, , payments) = _deploy(IERC20(address(hooked)), IPostage.Disposal.Burn);
        NestedSettler caller = new NestedSettler(payments);
        vm.prank(ALICE);
        hooked.transfer(address(caller), 1_000e18);
        bytes32 root = _root(2);
        caller.payNested(root, 2, _rate(), deliverBy, "");
        IPayments.Terms memory terms = _terms(address(caller), 2, _rate());
        IPayments.Opening memory given = _opening(terms, 0, IPayments.Verdict.Fine);
        IPayments.Opening[] memory many = new IPayments.Opening[](1);
        many[0] = given;

        bytes[4] memory nested = [
            abi.encodeCall(IPayments.pay, (keccak256("another"), 1, _rate(), deliverBy)),
            abi.encodeCall(IPayments.settle, (terms, given)),
            abi.encodeCall(IPayments.settleMany, (_batch(terms, many))),
            abi.encodeCall(IPayments.refund, (terms))
        ];
        for (uint256 i = 0; i < nested.length; i++) {
            vm.expectRevert(abi.encodeWithSignature("ReentrancyGuardReentrantCall()"));
            caller.payNested(keccak256("one more"), 1, _rate(), deliverBy, nested[i]);
        }
        vm.assertEq(hooked.balanceOf(address(payments)), 14e18);
    }

    function _use(address token_, IPostage.Disposal disposal) private {
        (, , payments) = _deploy(IERC20(token_), disposal);
        vm.prank(ALICE);
        SilentToken(token_).approve(address(payments), SUPPLY);
    }

    function _payTen(IPayments.Rate memory rate) private {
        vm.prank(ALICE);
        payments.pay(USE, 10, rate, deliverBy);
    }
}
