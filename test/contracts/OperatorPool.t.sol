// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {OperatorPool} from "../../contracts/OperatorPool.sol";
import {PostageToken} from "../../contracts/PostageToken.sol";
import {IOperatorPool} from "../../contracts/interfaces/IOperatorPool.sol";
import {Built} from "./helpers/Built.sol";
import {TestBase} from "./helpers/TestBase.sol";

contract OperatorPoolTest is TestBase {
    uint256 private constant SUPPLY = 1_000_000e18;

    PostageToken private _token;
    OperatorPool private _pool;

    function setUp() public {
        _token = Built.newPostageToken(ALICE, SUPPLY);
        _pool = Built.newOperatorPool(OWNER, _token);
    }

    function testFuzz_withdraw_paysEqualSharesOfWhatArrivedMeanwhile(uint96 alone, uint96 both, uint96 after_) public {
        (alone, both, after_) = (alone % 1e22, both % 1e22, after_ % 1e22);
        _add(BOB);
        _arrive(alone);
        _add(MALLORY);
        _arrive(both);
        vm.prank(OWNER);
        _pool.removeOperator(BOB);
        _arrive(after_);

        uint256 half = uint256(both) / 2;
        uint256 odd = both % 2;
        vm.assertEq(_pool.dueTo(BOB), alone + half);
        vm.assertEq(_pool.dueTo(MALLORY), half + odd + after_);
        _expectWithdrawal(BOB, alone + half);
        _expectWithdrawal(MALLORY, half + odd + after_);
        vm.assertEq(_token.balanceOf(address(_pool)), 0);
    }

    function testFuzz_shares_neverExceedTheBalance(uint256 seed) public {
        address[4] memory operators = [BOB, MALLORY, address(0x0C), address(0x0D)];
        for (uint256 i = 0; i < 60; i++) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            address operator = operators[(draw >> 8) % 4];
            if (draw % 4 == 0) _arrive((draw >> 16) % 1e20);
            else if (draw % 4 == 1 && _pool.dueTo(operator) > 0) _expectWithdrawal(operator, _pool.dueTo(operator));
            else if (_pool.isOperator(operator)) _remove(operator);
            else _add(operator);

            uint256 due = 0;
            for (uint256 j = 0; j < 4; j++) due += _pool.dueTo(operators[j]);
            uint256 held = _token.balanceOf(address(_pool));
            vm.assertTrue(due <= held);
            if (_pool.operatorCount() > 0) vm.assertTrue(held - due < _pool.operatorCount());
        }
    }

    function test_whatArrivesWhileNobodyIsRegistered_waitsForTheFirst() public {
        _arrive(10);
        vm.assertEq(_pool.dueTo(BOB), 0);
        _add(BOB);
        vm.assertEq(_pool.dueTo(BOB), 10);
    }

    function test_addOperator_emitsAndCounts() public {
        vm.expectEmit(address(_pool));
        emit IOperatorPool.OperatorAdded(BOB);
        _add(BOB);
        vm.assertEq(_pool.operatorCount(), 1);
        vm.assertTrue(_pool.isOperator(BOB));

        vm.expectEmit(address(_pool));
        emit IOperatorPool.OperatorRemoved(BOB);
        _remove(BOB);
        vm.assertEq(_pool.operatorCount(), 0);
        vm.assertFalse(_pool.isOperator(BOB));
    }

    function test_addOperator_revertsWhen_itIsRegistered() public {
        _add(BOB);
        vm.expectRevert(abi.encodeWithSelector(IOperatorPool.OperatorPoolKnown.selector, BOB));
        _add(BOB);
    }

    function test_removeOperator_revertsWhen_itIsNot() public {
        vm.expectRevert(abi.encodeWithSelector(IOperatorPool.OperatorPoolUnknown.selector, BOB));
        _remove(BOB);
    }

    function test_operators_areTheOwnersToChange() public {
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        _pool.addOperator(MALLORY);
        _expectNotOwner(MALLORY);
        vm.prank(MALLORY);
        _pool.removeOperator(BOB);
    }

    function test_withdraw_revertsWhen_nothingIsDue() public {
        _add(BOB);
        _arrive(10);
        _expectWithdrawal(BOB, 10);
        for (uint256 i = 0; i < 2; i++) {
            address caller = i == 0 ? BOB : MALLORY;
            vm.expectRevert(abi.encodeWithSelector(IOperatorPool.OperatorPoolNothingDue.selector, caller));
            vm.prank(caller);
            _pool.withdraw();
        }
    }

    function _add(address operator) private {
        vm.prank(OWNER);
        _pool.addOperator(operator);
    }

    function _remove(address operator) private {
        vm.prank(OWNER);
        _pool.removeOperator(operator);
    }

    function _arrive(uint256 amount) private {
        vm.prank(ALICE);
        _token.transfer(address(_pool), amount);
    }

    function _expectWithdrawal(address operator, uint256 amount) private {
        if (amount == 0) return;
        uint256 before = _token.balanceOf(operator);
        vm.expectEmit(address(_pool));
        emit IOperatorPool.Withdrawn(operator, amount);
        vm.prank(operator);
        vm.assertEq(_pool.withdraw(), amount);
        vm.assertEq(_token.balanceOf(operator) - before, amount);
    }
}
