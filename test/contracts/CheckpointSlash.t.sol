// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICheckpointRegistry} from "../../contracts/interfaces/ICheckpointRegistry.sol";
import {INoteTree} from "../../contracts/interfaces/INoteTree.sol";
import {CheckpointFixture} from "./helpers/CheckpointFixture.sol";

/// @notice A true checkpoint is never slashed, a false one always can be.
contract CheckpointSlashTest is CheckpointFixture {
    function setUp() public override {
        super.setUp();
        _open();
    }

    /// hardhat-config: ci.fuzz.runs = 100
    /// hardhat-config: long.fuzz.runs = 300
    function testFuzz_slashFalseRoot_catchesEveryFalseRootAndNoTrueOne(uint256 seed, uint256 at, uint256 lie) public {
        uint256 operations = _grow(seed, 8);
        uint256 count = _bound(seed >> 128, 1, operations);
        (ICheckpointRegistry.Header memory header, bytes32[] memory roots) = _checkpoint(operations, count);
        uint256 first = operations - count;
        ICheckpointRegistry.Header memory previous = _previous(first);
        uint256 i = _bound(at, 0, count - 1);

        _expectTrue(header, previous, roots);
        vm.assume(bytes32(lie) != roots[i]);
        roots[i] = bytes32(lie);
        header.rootsHash = keccak256(abi.encodePacked(roots));
        if (i == count - 1) header.root = roots[i];
        ICheckpointRegistry.Signed memory liars = _sign(header, 2);
        vm.prank(REPORTER);
        registry.slashFalseRoot(liars, previous, roots, i, _step(first + i));
        _expectSlashed(2);
    }

    function test_slashFalseRoot_atTheFirstLeafAndTheLastLevel() public {
        // Zeroing the first leaf: all siblings right of it, the old leaf shown.
        _append(11, 1);
        _append(12, 2);
        _zero(0);
        (ICheckpointRegistry.Header memory header, bytes32[] memory roots) = _checkpoint(3, 3);
        roots[2] = roots[1];
        (header.root, header.rootsHash) = (roots[2], keccak256(abi.encodePacked(roots)));
        ICheckpointRegistry.Signed memory liars = _sign(header, 3);
        vm.prank(REPORTER);
        registry.slashFalseRoot(liars, header, roots, 2, _step(2));
        _expectSlashed(3);
    }

    /// @dev The last leaf of the first tree, the first of the second, a zeroing in the first after the second has begun
    /// and one in the second: true ones stand, and none can be left out.
    function test_slashFalseRoot_onBothSidesOfTheBoundaryBetweenTrees() public {
        for (uint256 i = 0; i < 5; i++) _append(11 + i, 1);
        _zero(1);
        _zero(4);
        uint256 state = vm.snapshotState();
        for (uint256 i = 3; i < 7; i++) {
            (ICheckpointRegistry.Header memory header, bytes32[] memory roots) = _checkpoint(7, 7);
            _expectTrue(header, header, roots);
            roots[i] = roots[i - 1];
            header.rootsHash = keccak256(abi.encodePacked(roots));
            ICheckpointRegistry.Signed memory liars = _sign(header, 3);
            vm.prank(REPORTER);
            registry.slashFalseRoot(liars, header, roots, i, _step(i));
            _expectSlashed(3);
            vm.revertToState(state);
        }
    }

    /// @dev The second tree's root in the first one's place, twice, or alone, is not the root of both.
    function test_slashFalseRoot_catchesTreesThatAreLeftOutRepeatedOrMadeUp() public {
        for (uint256 i = 0; i < 5; i++) _append(11 + i, 1);
        bytes32 first = _treeRoot(0);
        bytes32 second = _treeRoot(1);
        bytes32 none = _treeRoot(2);
        bytes32[4][5] memory lies = [
            [first, none, none, none],
            [second, none, none, none],
            [first, first, none, none],
            [second, first, none, none],
            [first, second, second, none]
        ];
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < lies.length; i++) {
            (ICheckpointRegistry.Header memory header, bytes32[] memory roots) = _checkpoint(5, 5);
            vm.assertEq(roots[4], _rootOf([first, second, none, none]));
            roots[4] = _rootOf(lies[i]);
            (header.root, header.rootsHash) = (roots[4], keccak256(abi.encodePacked(roots)));
            ICheckpointRegistry.Signed memory liars = _sign(header, 1);
            vm.prank(REPORTER);
            registry.slashFalseRoot(liars, header, roots, 4, _step(4));
            _expectSlashed(1);
            vm.revertToState(state);
        }
    }

    function test_slashFalseRoot_catchesTheFirstRoot_whoeverSignedTheOneBefore() public {
        _append(11, 1);
        _append(12, 2);
        (ICheckpointRegistry.Header memory header, bytes32[] memory roots) = _checkpoint(2, 1);
        roots[0] = trueRoots[1];
        (header.root, header.rootsHash) = (roots[0], keccak256(abi.encodePacked(roots)));
        ICheckpointRegistry.Signed memory signed = _sign(header, 1);
        ICheckpointRegistry.Header memory previous = _previous(1);
        vm.prank(REPORTER);
        registry.slashFalseRoot(signed, previous, roots, 0, _step(1));
        _expectSlashed(1);
    }

    function testFuzz_slashFalseRoot_catchesRootsThatAreLeftOutOrSaidAgain(uint256 seed, uint256 length) public {
        uint256 operations = _grow(seed, 6);
        uint256 count = _bound(seed >> 128, 0, operations);
        (ICheckpointRegistry.Header memory header, bytes32[] memory roots) = _checkpoint(operations, count);
        ICheckpointRegistry.Header memory previous = _previous(operations - count);
        length = _bound(length, 0, operations);
        vm.assume(length != count);
        roots = new bytes32[](length);
        for (uint256 i = 0; i < length; i++) roots[i] = trueRoots[operations - length + i + 1];
        header.rootsHash = keccak256(abi.encodePacked(roots));
        ICheckpointRegistry.Signed memory liars = _sign(header, 2);
        vm.prank(REPORTER);
        registry.slashFalseRoot(liars, previous, roots, 0, _step(0));
        _expectSlashed(2);
    }

    function test_slash_revertsWhen_anotherIsShownAsTheOneBefore() public {
        _grow(7, 5);
        (ICheckpointRegistry.Header memory header, bytes32[] memory roots) = _checkpoint(5, 2);
        ICheckpointRegistry.Signed memory signed = _sign(header, 2);
        ICheckpointRegistry.Header memory other = _previous(3);
        other.root = bytes32(uint256(1)); // what an accuser would have liked
        bytes memory wrong = abi.encodeWithSelector(
            ICheckpointRegistry.CheckpointRegistryPreviousWrong.selector,
            registry.digestOf(other)
        );
        vm.expectRevert(wrong);
        registry.slashFalseRoot(signed, other, roots, 0, _step(3));
        vm.expectRevert(wrong);
        registry.slashBrokenChain(signed, other);
    }

    function test_slashFalseRoot_revertsWhen_whatIsShownIsFalse() public {
        _grow(7, 5);
        (ICheckpointRegistry.Header memory header, bytes32[] memory roots) = _checkpoint(5, 5);
        ICheckpointRegistry.Signed memory signed = _sign(header, 2);
        ICheckpointRegistry.Step memory step = _step(3);

        vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryNoSuchRoot.selector, 5, 5));
        registry.slashFalseRoot(signed, header, roots, 5, step);
        vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryOperationWrong.selector, 2));
        registry.slashFalseRoot(signed, header, roots, 2, step);
        step.operation.commitment++;
        vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryOperationWrong.selector, 3));
        registry.slashFalseRoot(signed, header, roots, 3, step);
        step = _step(3);
        step.siblings[19]++;
        bytes memory astray = abi.encodeWithSelector(
            ICheckpointRegistry.CheckpointRegistryPathWrong.selector,
            roots[2]
        );
        vm.expectRevert(astray);
        registry.slashFalseRoot(signed, header, roots, 3, step);
        step = _step(3);
        step.leaf++;
        vm.expectRevert(astray);
        registry.slashFalseRoot(signed, header, roots, 3, step);
        step = _step(3);
        step.forest[0] = 0;
        vm.expectRevert(astray);
        registry.slashFalseRoot(signed, header, roots, 3, step);
        roots[1] = 0;
        bytes32 wrong = keccak256(abi.encodePacked(roots));
        vm.expectRevert(abi.encodeWithSelector(ICheckpointRegistry.CheckpointRegistryRootsWrong.selector, wrong));
        registry.slashFalseRoot(signed, header, roots, 3, _step(3));
    }

    function test_slash_revertsWhen_theCheckpointIsForeign() public {
        _append(11, 1);
        for (uint256 i = 0; i < 4; i++) {
            (ICheckpointRegistry.Header memory header, bytes32[] memory roots) = _checkpoint(1, 1);
            ICheckpointRegistry.Signed memory ours = _sign(header, 1);
            if (i == 0) header.networkId = 0;
            if (i == 1) header.chainId++;
            if (i == 2) header.noteTree = address(this);
            if (i == 3) header.registry = address(this);
            ICheckpointRegistry.Signed memory signed = _sign(header, 1);
            for (uint256 j = 0; j < 6; j++) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        ICheckpointRegistry.CheckpointRegistryForeign.selector,
                        header.networkId,
                        header.chainId,
                        header.noteTree,
                        header.registry
                    )
                );
                if (j == 0) registry.slashFalseHeader(signed);
                if (j == 1) registry.slashFalseRoot(signed, header, roots, 0, _step(0));
                if (j == 2) registry.slashEquivocation(signed, ours);
                if (j == 3) registry.slashEquivocation(ours, signed);
                if (j == 4) registry.slashBrokenChain(signed, header);
                if (j == 5) registry.slashFalseLeaks(signed, new uint256[](0), 1);
            }
        }
    }

    function test_slash_revertsWhen_noSignerHasABond() public {
        _append(11, 1);
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(1, 1);
        header.logHash = 0;
        ICheckpointRegistry.Signed memory signed = _sign(header, 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(0xBAD, registry.digestOf(header));
        signed.signatures[0] = abi.encodePacked(r, s, v);
        for (uint256 i = 0; i < 3; i++) {
            if (i == 1) signed.signatures[0] = "";
            if (i == 2) signed.signatures = new bytes[](0);
            _expectError(ICheckpointRegistry.CheckpointRegistryNobodyToSlash.selector);
            registry.slashFalseHeader(signed);
        }
    }

    function test_slash_takesABondOnceWhen_aSignatureIsRepeated() public {
        _append(11, 1);
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(1, 1);
        header.logHash = 0;
        ICheckpointRegistry.Signed memory signed = _sign(header, 2);
        signed.signatures[1] = signed.signatures[0];
        vm.prank(REPORTER);
        registry.slashFalseHeader(signed);
        _expectSlashed(1);
        _expectError(ICheckpointRegistry.CheckpointRegistryNobodyToSlash.selector);
        registry.slashFalseHeader(signed);
    }

    /// hardhat-config: ci.fuzz.runs = 100
    /// hardhat-config: long.fuzz.runs = 300
    function testFuzz_slashFalseHeader_catchesWhatIsNotTheTreesLog(uint256 seed, uint8 kind) public {
        uint256 operations = _grow(seed, 4);
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(operations, operations);
        ICheckpointRegistry.Signed memory honest = _sign(header, 3);
        _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
        registry.slashFalseHeader(honest);

        if (kind % 3 == 0) header.operations++;
        if (kind % 3 == 1) header.logHash = keccak256(abi.encode(seed));
        if (kind % 3 == 2) header.operations--;
        ICheckpointRegistry.Signed memory liars = _sign(header, 3);
        vm.prank(REPORTER);
        registry.slashFalseHeader(liars);
        _expectSlashed(3);
    }

    function test_slashFalseRoot_revertsWhen_theLogIsLongerThanTheTrees() public {
        _append(11, 1);
        (ICheckpointRegistry.Header memory header, bytes32[] memory roots) = _checkpoint(1, 1);
        (roots, header.operations) = (new bytes32[](2), 2);
        roots[0] = trueRoots[1];
        header.rootsHash = keccak256(abi.encodePacked(roots));
        ICheckpointRegistry.Signed memory signed = _sign(header, 1);
        ICheckpointRegistry.Step memory step = _step(0);
        step.operation.index = 1;
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeLogShorter.selector, 2));
        registry.slashFalseRoot(signed, header, roots, 1, step);
    }

    /// @dev Every root of a true checkpoint stands.
    function _expectTrue(
        ICheckpointRegistry.Header memory header,
        ICheckpointRegistry.Header memory previous,
        bytes32[] memory roots
    ) private {
        ICheckpointRegistry.Signed memory signed = _sign(header, 3);
        for (uint256 i = 0; i < roots.length; i++) {
            _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
            registry.slashFalseRoot(signed, previous, roots, i, _step(header.operations - roots.length + i));
        }
    }
}
