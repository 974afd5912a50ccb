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

    /// hardhat-config: ci.fuzz.runs = 300
    function testFuzz_slashContradiction_catchesOnlyThoseWhoSignedBoth(uint256 seed, uint256 cut, uint256 lie) public {
        uint256 operations = _grow(seed, 6);
        cut = _bound(cut, 0, operations);
        (ICheckpointRegistry.Header memory first, ) = _checkpoint(cut, 0);
        (ICheckpointRegistry.Header memory second, bytes32[] memory roots) = _checkpoint(operations, operations - cut);
        second.sequence = 2;
        uint256 next = cut == operations ? 0 : cut;
        ICheckpointRegistry.Signed memory before = _sign(first, 2);
        ICheckpointRegistry.Signed memory honest = _sign(second, 3);
        _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
        registry.slashContradiction(before, honest, roots, _step(next));

        vm.assume(bytes32(lie) != trueRoots[cut == operations ? cut : cut + 1]);
        if (roots.length > 0) roots[0] = bytes32(lie);
        if (roots.length < 2) second.root = bytes32(lie);
        second.rootsHash = keccak256(abi.encodePacked(roots));
        ICheckpointRegistry.Signed memory liars = _sign(second, 3);
        vm.prank(REPORTER);
        registry.slashContradiction(before, liars, roots, _step(next));
        _expectSlashed(2);
    }

    function test_slashContradiction_revertsWhen_oneDoesNotFollowTheOther() public {
        _grow(3, 4);
        (ICheckpointRegistry.Header memory first, ) = _checkpoint(1, 0);
        (ICheckpointRegistry.Header memory second, bytes32[] memory roots) = _checkpoint(4, 2);
        (ICheckpointRegistry.Signed memory a, ICheckpointRegistry.Signed memory b) = (
            _sign(first, 2),
            _sign(second, 2)
        );
        _expectError(ICheckpointRegistry.CheckpointRegistryUnrelated.selector);
        registry.slashContradiction(a, b, roots, _step(2));
    }

    function test_slashEquivocation_catchesOnlyThoseWhoSignedBoth() public {
        _grow(3, 2);
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(2, 1);
        ICheckpointRegistry.Signed memory first = _sign(header, 3);
        _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
        registry.slashEquivocation(first, first);

        header.issuedAt++;
        header.sequence = 2;
        ICheckpointRegistry.Signed memory later = _sign(header, 3);
        _expectError(ICheckpointRegistry.CheckpointRegistryUnrelated.selector);
        registry.slashEquivocation(first, later);

        header.sequence = 1;
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
