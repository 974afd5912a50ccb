// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CheckpointFixture} from "./helpers/CheckpointFixture.sol";
import {SignerHandler} from "./helpers/SignerHandler.sol";

/// @notice What stays true whatever signers, reporters and the owner do, in any order.
contract CheckpointInvariantsTest is CheckpointFixture {
    SignerHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler = new SignerHandler(registry, REPORTER, KEY);
        for (uint256 i = 0; i < 4; i++) {
            vm.prank(ALICE);
            token.transfer(_signer(i), 10 * BOND);
            vm.prank(_signer(i));
            token.approve(address(registry), SUPPLY);
        }
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_heldIsTheSumOfAllBonds() public view {
        vm.assertEq(token.balanceOf(address(registry)), _handler.bonded());
    }

    function invariant_whatCameInIsBurnedRewardedHeldOrReturned() public view {
        uint256 held = token.balanceOf(address(registry));
        vm.assertEq(_handler.deposited(), _handler.burned() + _handler.rewarded() + held + _handler.returned());
        vm.assertEq(token.totalSupply(), SUPPLY - _handler.burned());
    }

    function invariant_everySignerHasABondThatStays() public view {
        address[] memory signers = registry.signers();
        for (uint256 i = 0; i < signers.length; i++) {
            vm.assertEq(registry.bondOf(signers[i]).amount, BOND);
            vm.assertEq(registry.bondOf(signers[i]).exitAt, 0);
        }
    }
}
