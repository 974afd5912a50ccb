// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StakeFixture} from "./helpers/StakeFixture.sol";
import {StakeHandler} from "./helpers/StakeHandler.sol";

/// @notice What stays true whatever stakers and reporters do, in any order.
contract StakeInvariantsTest is StakeFixture {
    StakeHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler = new StakeHandler(stakes, _opening(1, 2), 1);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_heldIsWhatAccountsWouldGetBackAndRewardsToCollect() public view {
        vm.assertEq(token.balanceOf(address(stakes)), _handler.staked() + _handler.unpaid());
    }

    function invariant_whatCameInIsBurnedRewardedHeldOrReturned() public view {
        uint256 held = token.balanceOf(address(stakes));
        vm.assertEq(_handler.deposited(), _handler.burned() + _handler.rewarded() + held + _handler.returned());
        vm.assertEq(token.totalSupply(), SUPPLY - _handler.burned());
    }

    function invariant_stakersAndReportersTogetherLoseWhatIsBurned() public view {
        uint256 theirs = token.balanceOf(ALICE) + token.balanceOf(BOB) + token.balanceOf(MALLORY);
        vm.assertEq(theirs + token.balanceOf(address(stakes)), SUPPLY - _handler.burned());
    }
}
