// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {INoteTree} from "../../contracts/interfaces/INoteTree.sol";
import {ICheckpointRegistry} from "../../contracts/interfaces/ICheckpointRegistry.sol";
import {CheckpointFixture} from "./helpers/CheckpointFixture.sol";

/// @notice The secrets that a checkpoint lists are those that are out on the chain, no more and no less.
contract CheckpointLeaksTest is CheckpointFixture {
    uint256 private constant SECRET = 0x5ec4e7;

    function setUp() public override {
        super.setUp();
        _open();
        _grow(3, 3);
    }

    function test_slashFalseLeaks_catchesASecretThatNeverWasOut() public {
        _expectTrue(_list(0, 0), SECRET);
        _expectFalse(_list(SECRET, 1), SECRET);
        _expectFalse(_list(SECRET, 3), SECRET);
        tree.reveal(SECRET, block.timestamp + 1 hours);
        _expectTrue(_list(SECRET, 3), SECRET);
        _expectFalse(_list(SECRET, 3), SECRET + 1); // beside a true one
        vm.warp(block.timestamp + 1 hours);
        _expectTrue(_list(SECRET, 1), SECRET);
        vm.warp(block.timestamp + 1);
        _expectFalse(_list(SECRET, 1), SECRET); // it would take the place of one that counts
    }

    function test_slashFalseLeaks_catchesASecretThatIsLeftOut() public {
        uint256 since = block.timestamp;
        tree.reveal(SECRET, since + 1 hours);
        _expectTrue(_list(0, 0), SECRET); // of a block of the same second
        vm.warp(since + 1);
        _expectFalse(_list(0, 0), SECRET);
        _expectFalse(_list(SECRET + 1, 255), SECRET);
        _expectTrue(_list(SECRET + 1, 256), SECRET); // there is no room
        vm.warp(since + 1 hours);
        _expectFalse(_list(0, 0), SECRET);
        vm.warp(since + 1 hours + 1);
        _expectTrue(_list(0, 0), SECRET);
    }

    /// @dev Else who has one secret to repeat could leave out all others.
    function test_slashFalseLeaks_catchesAListThatRepeatsSecretsOrIsOutOfOrder() public {
        for (uint256 i = 0; i < 3; i++) tree.reveal(SECRET + i, block.timestamp + 1 hours);
        vm.warp(block.timestamp + 1);
        uint256[] memory leaks = new uint256[](256);
        for (uint256 i = 0; i < 256; i++) leaks[i] = SECRET;
        _expectFalseList(leaks, SECRET + 1);
        _expectFalseList(leaks, SECRET);
        leaks = _secrets(SECRET, 3);
        (leaks[1], leaks[2]) = (leaks[2], leaks[1]);
        _expectFalseList(leaks, SECRET);
        _expectTrue(_list(SECRET, 3), SECRET);
    }

    function test_slashFalseLeaks_frameNobodyBySayingASecretAgain() public {
        uint256 since = block.timestamp;
        tree.reveal(SECRET, since + 1 hours);
        tree.reveal(SECRET, since + 30 minutes);
        vm.assertEq(tree.leakOf(SECRET).until, since + 1 hours);
        vm.warp(since + 3 hours);
        ICheckpointRegistry.Header memory between = _list(0, 0);
        vm.warp(since + 5 hours);
        tree.reveal(SECRET, since + 6 hours);
        _expectTrue(between, SECRET);
        vm.assertEq(tree.leakOf(SECRET).since, since + 5 hours);
        tree.reveal(SECRET, since + 7 hours);
        vm.assertEq(tree.leakOf(SECRET).since, since + 5 hours);
        vm.assertEq(tree.leakOf(SECRET).until, since + 7 hours);
        vm.warp(since + 7 hours);
        tree.reveal(SECRET, since + 8 hours);
        vm.assertEq(tree.leakOf(SECRET).since, since + 5 hours); // its tickets may count to the end
        vm.warp(since + 8 hours + 1);
        tree.reveal(SECRET, since + 9 hours);
        vm.assertEq(tree.leakOf(SECRET).since, since + 8 hours + 1);
        vm.assertEq(tree.leakCount(), 6);
    }

    function test_slashFalseLeaks_revertsWhen_theListIsNotTheSignedOne() public {
        ICheckpointRegistry.Signed memory signed = _sign(_list(SECRET, 2), 2);
        uint256[] memory shown = _secrets(SECRET, 1);
        bytes4 wrong = ICheckpointRegistry.CheckpointRegistryLeaksWrong.selector;
        vm.expectRevert(abi.encodeWithSelector(wrong, keccak256(abi.encodePacked(shown))));
        registry.slashFalseLeaks(signed, shown, SECRET);
    }

    function test_reveal_isForStakesAlone() public {
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeNotForStakes.selector, MALLORY));
        vm.prank(MALLORY);
        tree.reveal(SECRET, block.timestamp);
        vm.prank(OWNER);
        tree.addInserter(BOB, 1);
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeNotForStakes.selector, BOB));
        vm.prank(BOB);
        tree.reveal(SECRET, block.timestamp);
        vm.expectEmit(address(tree));
        emit INoteTree.SecretLeaked(SECRET, block.timestamp + 1);
        tree.reveal(SECRET, block.timestamp + 1);
    }

    function _expectFalseList(uint256[] memory leaks, uint256 secret) private {
        uint256 state = vm.snapshotState();
        (ICheckpointRegistry.Header memory header, ) = _checkpoint(3, 3);
        header.leaksHash = keccak256(abi.encodePacked(leaks));
        ICheckpointRegistry.Signed memory signed = _sign(header, 2);
        vm.prank(REPORTER);
        registry.slashFalseLeaks(signed, leaks, secret);
        _expectSlashed(2);
        vm.revertToState(state);
    }

    function _secrets(uint256 first, uint256 count) private pure returns (uint256[] memory secrets) {
        secrets = new uint256[](count);
        for (uint256 i = 0; i < count; i++) secrets[i] = first + i;
    }

    /// @dev A checkpoint of now with so many secrets.
    function _list(uint256 first, uint256 count) private view returns (ICheckpointRegistry.Header memory header) {
        (header, ) = _checkpoint(3, 3);
        header.leaksHash = keccak256(abi.encodePacked(_secrets(first, count)));
        header.blockNumber = (first << 128) | count; // for `_shown`; nobody reads it
    }

    function _shown(ICheckpointRegistry.Header memory header) private pure returns (uint256[] memory) {
        return _secrets(header.blockNumber >> 128, uint128(header.blockNumber));
    }

    function _expectTrue(ICheckpointRegistry.Header memory header, uint256 secret) private {
        ICheckpointRegistry.Signed memory signed = _sign(header, 2);
        _expectError(ICheckpointRegistry.CheckpointRegistryTrue.selector);
        registry.slashFalseLeaks(signed, _shown(header), secret);
    }

    function _expectFalse(ICheckpointRegistry.Header memory header, uint256 secret) private {
        uint256 state = vm.snapshotState();
        ICheckpointRegistry.Signed memory signed = _sign(header, 2);
        vm.prank(REPORTER);
        registry.slashFalseLeaks(signed, _shown(header), secret);
        _expectSlashed(2);
        vm.revertToState(state);
    }
}
