// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PaymentsFixture} from "./helpers/PaymentsFixture.sol";
import {PaymentsHandler} from "./helpers/PaymentsHandler.sol";

/// @notice What stays true whatever senders, recipients and strangers do, in any order.
contract PaymentsInvariantsTest is PaymentsFixture {
    PaymentsHandler private _handler;

    function setUp() public override {
        super.setUp();
        vm.prank(ALICE);
        token.transfer(BOB, SUPPLY / 2);
        vm.prank(BOB);
        token.approve(address(payments), type(uint256).max);
        _handler = new PaymentsHandler(payments, pool, OPERATOR);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_heldIsOpenBondsAndTips() public view {
        vm.assertEq(token.balanceOf(address(payments)), _handler.open());
    }

    function invariant_whatCameInIsBurnedPaidHeldOrReturned() public view {
        uint256 paid = _handler.toRecipients() + _handler.toPool();
        uint256 held = token.balanceOf(address(payments));
        vm.assertEq(_handler.deposited(), _handler.burned() + paid + held + _handler.returned());
        vm.assertEq(token.totalSupply(), SUPPLY - _handler.burned());
    }

    function invariant_sendersAndRecipientsTogetherLoseEveryBase() public view {
        uint256 theirs = token.balanceOf(ALICE) + token.balanceOf(BOB);
        for (uint256 i = 0; i < 6; i++) theirs += token.balanceOf(_recipient(i));
        uint256 held = token.balanceOf(address(payments));
        vm.assertEq(theirs + held, SUPPLY - _handler.burned() - _handler.toPool());
    }

    function invariant_thePoolHoldsWhatIsDueToItsOperators() public view {
        vm.assertEq(token.balanceOf(address(pool)), pool.dueTo(OPERATOR));
    }
}
