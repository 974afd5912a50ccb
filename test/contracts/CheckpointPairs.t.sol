// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICheckpointRegistry} from "../../contracts/interfaces/ICheckpointRegistry.sol";
import {CheckpointFixture} from "./helpers/CheckpointFixture.sol";

/// @notice Two checkpoints that cannot both be so: who signed both is slashed, nobody else.
contract CheckpointPairsTest is CheckpointFixture {
    function setUp() public override {
        super.setUp();
        _open();
    }

    function test_slashEquivocation_catchesOnlyThoseWhoSignedBoth() public {
        _grow(3, 2);
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(2, 1);
        ICheckpointRegistry.Signed memory first = _sign(header, 3);
        _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
        registry.slashEquivocation(first, first);

        header.issuedAt++;
        header.sequence = 3;
        ICheckpointRegistry.Signed memory later = _sign(header, 3);
        _expectError(ICheckpointRegistry.CheckpointRegistryUnrelated.selector);
        registry.slashEquivocation(first, later);

        header.sequence = 2;
        ICheckpointRegistry.Signed memory second = _sign(header, 1);
        vm.prank(REPORTER);
        registry.slashEquivocation(first, second);
        _expectSlashed(1);
    }

    function test_selfReport_losesMoney() public {
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(0, 0);
        ICheckpointRegistry.Signed memory first = _sign(header, 1);
        header.issuedAt++;
        ICheckpointRegistry.Signed memory second = _sign(header, 1);
        uint256 before = token.balanceOf(_signer(0));
        vm.prank(_signer(0));
        registry.slashEquivocation(first, second);
        vm.assertEq(token.balanceOf(_signer(0)) - before, REWARD_CAP);
        vm.assertEq(token.totalSupply(), SUPPLY - (BOND - REWARD_CAP));
    }
}
