// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICheckpointRegistry} from "../../contracts/interfaces/ICheckpointRegistry.sol";
import {CheckpointFixture} from "./helpers/CheckpointFixture.sol";

/// @notice What can be shown of a checkpoint without computing a root: what it follows from, its block, its signers.
contract CheckpointChainTest is CheckpointFixture {
    function setUp() public override {
        super.setUp();
        _open();
        _grow(3, 6);
    }

    function test_slashBrokenChain_leavesTrueCheckpointsAlone() public {
        for (uint256 count = 0; count <= 6; count++) {
            (ICheckpointRegistry.Header memory header, ) = _checkpoint(6, count);
            _expectInOrder(header, _previous(6 - count));
        }
        (ICheckpointRegistry.Header memory empty, ) = _checkpoint(0, 0);
        _expectInOrder(empty, empty);
    }

    function testFuzz_slashBrokenChain_catchesWhatDoesNotFollow(uint8 kind, uint256 lie) public {
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(6, 2);
        ICheckpointRegistry.Header memory previous = _previous(4);
        kind %= 10;
        if (kind == 0) header.sequence = lie % 4 == 2 ? lie | 4 : lie % 4;
        if (kind == 1) header.issuedAt = lie % previous.issuedAt;
        if (kind == 2) header.operations = lie % 4;
        if (kind == 3) header.operations = _bound(lie, 4 + 1025, type(uint256).max);
        if (kind == 4) (previous.networkId) = bytes32(lie == uint256(NETWORK) ? 0 : lie);
        if (kind == 5) previous.chainId = lie == block.chainid ? 0 : lie;
        if (kind == 6) previous.noteTree = address(uint160(lie % 1e9));
        if (kind == 7) previous.registry = address(uint160(lie % 1e9));
        if (kind == 8) (header.operations, header.root) = (4, trueRoots[3]);
        if (kind == 9) (header.operations, header.root, header.logHash) = (4, trueRoots[4], tree.chainAt(3));
        header.previous = registry.digestOf(previous);
        _expectCaught(header, previous);
    }

    function test_slashBrokenChain_catchesAFirstThatCannotBeTheFirst() public {
        for (uint256 kind = 0; kind < 5; kind++) {
            uint256 state = vm.snapshotState();
            (ICheckpointRegistry.Header memory header, ) = _checkpoint(kind < 3 ? 6 : 0, kind < 3 ? 6 : 0);
            if (kind == 0) header.sequence = 2;
            if (kind == 1) header.sequence = 0;
            if (kind == 2) header.operations = 1025;
            if (kind == 3) header.root = trueRoots[1];
            if (kind == 4) header.logHash = tree.chainAt(1);
            _expectCaught(header, header);
            vm.revertToState(state);
        }
    }

    function test_slashBrokenChain_knowsTheLongestStep() public {
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(6, 2);
        header.operations = 4 + 1024;
        _expectInOrder(header, _previous(4));
        (header.operations, header.sequence, header.previous) = (1024, 1, 0);
        _expectInOrder(header, header);
    }

    function test_slashFalseHeader_catchesATimeAhead() public {
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(6, 6);
        header.issuedAt = block.timestamp + 15 minutes;
        ICheckpointRegistry.Signed memory early = _sign(header, 2);
        _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
        registry.slashFalseHeader(early);
        header.issuedAt++;
        ICheckpointRegistry.Signed memory tooEarly = _sign(header, 2);
        vm.prank(REPORTER);
        registry.slashFalseHeader(tooEarly);
        _expectSlashed(2);
    }

    function test_slashFalseHeader_catchesAHashThatIsNotTheChains() public {
        vm.roll(10_000);
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(6, 6);
        header.blockHash = keccak256("another chain's");
        uint256[3] memory unknown = [uint256(9_743), 10_000, type(uint256).max];
        for (uint256 i = 0; i < 3; i++) {
            header.blockNumber = unknown[i];
            ICheckpointRegistry.Signed memory unsaid = _sign(header, 2);
            _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
            registry.slashFalseHeader(unsaid);
        }
        header.blockNumber = 9_999;
        vm.setBlockhash(9_999, keccak256("true"));
        header.blockHash = keccak256("true");
        ICheckpointRegistry.Signed memory honest = _sign(header, 2);
        _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
        registry.slashFalseHeader(honest);
        header.blockHash = keccak256("false");
        ICheckpointRegistry.Signed memory liars = _sign(header, 2);
        vm.prank(REPORTER);
        registry.slashFalseHeader(liars);
        _expectSlashed(2);
    }

    function test_slashFalseHeader_knowsWhoWasInForce() public {
        uint256 end = block.timestamp + 90 days;
        _expectInForce(_hash(0, 0, 0)); // a day ago nobody was
        vm.warp(block.timestamp + 1 days + 1);
        _expectInForce(_hash(3, 2, end));
        _expectNotInForce(_hash(0, 0, 0)); // that nobody signs is not true
        _expectNotInForce(_hash(3, 1, end));
        _expectNotInForce(_hash(2, 2, end));
        _expectNotInForce(_hash(3, 2, end + 1)); // an office does not end when its holders say

        vm.prank(_signer(2));
        registry.requestExit();
        _expectInForce(_hash(2, 2, end));
        vm.warp(block.timestamp + 1 days);
        _expectInForce(_hash(3, 2, end)); // for another day
        vm.warp(block.timestamp + 1);
        _expectNotInForce(_hash(3, 2, end));
        _expectInForce(_hash(2, 2, end));
        vm.warp(end);
        _expectInForce(_hash(2, 2, end));
        vm.warp(end + 1);
        _expectNotInForce(_hash(2, 2, end));
    }

    function test_slashFalseHeader_knowsARotation() public {
        uint256 end = block.timestamp + 90 days;
        address[] memory next = new address[](2);
        (next[0], next[1]) = (_signer(0), _signer(1));
        vm.prank(OWNER);
        registry.announce(next, 2);
        vm.warp(block.timestamp + 7 days);
        _expectNotInForce(_hash(2, 2, block.timestamp + 90 days));
        registry.rotate();
        uint256 nextEnd = block.timestamp + 90 days;
        _expectInForce(_hash(2, 2, nextEnd));
        _expectInForce(_hash(3, 2, end));
        vm.warp(block.timestamp + 1 days + 1);
        _expectNotInForce(_hash(3, 2, end));
        vm.assertEq(registry.signersInForceUntil(_hash(2, 2, nextEnd)), nextEnd);
    }

    function test_slashFalseHeader_knowsThatASignerWasSlashed() public {
        bytes32 before = _signersNow();
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(6, 6);
        header.logHash = 0;
        registry.slashFalseHeader(_sign(header, 1));
        vm.assertEq(registry.signers().length, 2);
        vm.assertEq(registry.signersInForceUntil(_signersNow()), registry.officeEndsAt());
        vm.assertEq(registry.signersInForceUntil(before), block.timestamp + 1 days);
    }

    function test_slashFalseHeader_knowsTheTerms() public {
        bytes32 first = registry.termsHash();
        _expectTerms(first, true);
        _expectTerms(keccak256("other terms"), false);
        _expectTerms(0, false);
        _setTerms("stamp 1");
        vm.assertTrue(registry.termsHash() != first);
        vm.warp(block.timestamp + 1 days);
        _expectTerms(first, true);
        _expectTerms(registry.termsHash(), true);
        vm.warp(block.timestamp + 1);
        _expectTerms(first, false);
        _setTerms("everyone");
        _expectTerms(first, true);
    }

    /// @dev Rotations, exits and slashing in any order, also within a day; sets that come back; nobody left.
    function testFuzz_slashFalseHeader_leavesWhoNamesThoseInForceAlone(uint256 seed) public {
        bytes32[12] memory named;
        uint256[12] memory at;
        for (uint256 i = 0; i < 12; i++) {
            // Who signs honestly names nobody any more after the end of the office.
            bool isOver = registry.signers().length > 0 && block.timestamp > registry.officeEndsAt();
            (named[i], at[i]) = (_signersNow(), isOver ? 0 : block.timestamp);
            for (uint256 j = 0; j <= i; j++) vm.assertTrue(registry.signersInForceUntil(named[j]) >= at[j]);
            _happen(uint256(keccak256(abi.encode(seed, i))));
        }
    }

    function _happen(uint256 what) private {
        address signer = _signer((what >> 8) % 3);
        vm.warp(block.timestamp + ((what >> 16) % 20 hours));
        if (what % 3 == 0) {
            address[] memory next = new address[](3);
            for (uint256 i = 0; i < 3; i++) {
                next[i] = _signer((i + ((what >> 64) % 3)) % 3);
                if (registry.bondOf(next[i]).amount == 0) _bond(next[i]);
            }
            vm.prank(OWNER);
            registry.announce(next, 2 + ((what >> 72) % 2));
            vm.warp(block.timestamp + 7 days);
            // solhint-disable-next-line no-empty-blocks
            try registry.rotate() {} catch {}
        } else if (what % 3 == 1 && registry.bondOf(signer).amount != 0 && registry.bondOf(signer).exitAt == 0) {
            vm.prank(signer);
            registry.requestExit();
        } else if (registry.bondOf(_signer(0)).amount != 0) {
            (ICheckpointRegistry.Header memory header, ) = _checkpoint(6, 6);
            header.logHash = 0;
            registry.slashFalseHeader(_sign(header, 1 + ((what >> 80) % 3)));
        }
    }

    function _hash(uint256 count, uint256 threshold, uint256 officeEndsAt) private pure returns (bytes32) {
        address[] memory named = new address[](count);
        for (uint256 i = 0; i < count; i++) named[i] = _signer(i);
        return _signersHash(named, threshold, officeEndsAt);
    }

    function _expectInForce(bytes32 signersHash) private {
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(6, 6);
        header.signersHash = signersHash;
        _expectTrue(header);
    }

    function _expectNotInForce(bytes32 signersHash) private {
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(6, 6);
        header.signersHash = signersHash;
        _expectFalse(header);
    }

    function _expectTerms(bytes32 termsHash, bool areInForce) private {
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(6, 6);
        header.termsHash = termsHash;
        areInForce ? _expectTrue(header) : _expectFalse(header);
    }

    function _expectTrue(ICheckpointRegistry.Header memory header) private {
        ICheckpointRegistry.Signed memory signed = _sign(header, 1);
        _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
        registry.slashFalseHeader(signed);
    }

    function _expectFalse(ICheckpointRegistry.Header memory header) private {
        uint256 state = vm.snapshotState();
        registry.slashFalseHeader(_sign(header, 1));
        vm.assertEq(registry.bondOf(_signer(0)).amount, 0);
        vm.revertToState(state);
    }

    function _expectInOrder(
        ICheckpointRegistry.Header memory header,
        ICheckpointRegistry.Header memory previous
    ) private {
        ICheckpointRegistry.Signed memory signed = _sign(header, 3);
        _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
        registry.slashBrokenChain(signed, previous);
    }

    function _expectCaught(
        ICheckpointRegistry.Header memory header,
        ICheckpointRegistry.Header memory previous
    ) private {
        ICheckpointRegistry.Signed memory signed = _sign(header, 2);
        vm.prank(REPORTER);
        registry.slashBrokenChain(signed, previous);
        _expectSlashed(2);
    }
}
