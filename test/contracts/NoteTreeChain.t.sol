// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {INoteTree} from "../../contracts/interfaces/INoteTree.sol";
import {NoteTreeFixture} from "./helpers/NoteTreeFixture.sol";
import {Vm} from "./helpers/TestBase.sol";

/// @notice The log can be held to the chain: by anyone, from the events alone.
contract NoteTreeChainTest is NoteTreeFixture {
    function test_chain_isZeroForTheEmptyLog() public view {
        vm.assertEq(tree.chain(), bytes32(0));
        vm.assertEq(tree.chainAt(0), bytes32(0));
    }

    function test_chain_foldsEveryOperation() public {
        _append(STAKES, 11, 5, 10, EXPIRY);
        vm.prank(STAKES);
        tree.zero(0);

        uint256 classId = _classId(2, STAKES, 5);
        bytes32 first = keccak256(abi.encode(bytes32(0), uint256(0), uint8(1), uint256(0), 11, classId, 10, EXPIRY));
        bytes32 second = keccak256(abi.encode(first, uint256(1), uint8(2), uint256(0), 0, 0, 0, 0));
        vm.assertEq(tree.chainAt(1), first);
        vm.assertEq(tree.chainAt(2), second);
        vm.assertEq(tree.chain(), second);
    }

    function test_chainAt_revertsWhen_theLogIsShorter() public {
        _append(STAMPS, 11, 1, 10, EXPIRY);
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeLogShorter.selector, 2));
        tree.chainAt(2);
    }

    function test_classIdOf_revertsWhen_accountIsNotAnInserter() public {
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeNotInserter.selector, MALLORY));
        tree.classIdOf(MALLORY, 1);
    }

    function testFuzz_classIdOf_separatesChainsInsertersKindsAndNumbers(uint64 chainId, uint256 number) public {
        vm.assume(chainId != 0 && chainId != block.chainid && number != 0);
        uint256 here = tree.classIdOf(STAKES, number);
        vm.assertNotEq(here, tree.classIdOf(OTHER_STAKES, number));
        vm.assertNotEq(here, tree.classIdOf(STAKES, number - 1));
        vm.assertNotEq(here, _classId(1, STAKES, number));

        vm.chainId(chainId);
        vm.assertNotEq(here, tree.classIdOf(STAKES, number));
    }

    /// @dev What a prover does: reads the events alone, rebuilds the chain, and compares it with the contract's.
    function testFuzz_chain_canBeRebuiltFromEvents(uint256 seed, uint8 count) public {
        vm.recordLogs();
        for (uint256 i = 0; i < count % 24; i++) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            address inserter =
                draw % 3 == 0
                    ? STAMPS
                    : draw % 3 == 1
                        ? STAKES
                        : OTHER_STAKES;
            uint256 leaf = _append(inserter, draw % FIELD_ORDER, draw >> 200, 1 + ((draw >> 8) % 256), draw >> 216);
            if (inserter == STAMPS || draw & 1024 == 0) continue;
            vm.prank(inserter);
            tree.zero(leaf);
        }
        vm.assertEq(_foldEvents(vm.getRecordedLogs()), tree.chain());
    }

    function _foldEvents(Vm.Log[] memory logs) private view returns (bytes32 chain) {
        for (uint256 i = 0; i < logs.length; i++) {
            bytes32[] memory topics = logs[i].topics;
            vm.assertEq(uint256(topics[1]), i);
            if (topics[0] == INoteTree.NoteZeroed.selector) {
                chain = keccak256(abi.encode(chain, i, uint8(2), topics[2], 0, 0, 0, 0));
            } else {
                chain = keccak256(bytes.concat(abi.encode(chain, i, uint8(1), topics[2]), _noteFields(logs[i])));
            }
            vm.assertEq(chain, tree.chainAt(i + 1));
        }
    }

    /// @dev commitment ‖ classId ‖ limit ‖ expiry
    function _noteFields(Vm.Log memory log) private pure returns (bytes memory) {
        (uint256 commitment, uint256 limit, uint256 expiry) = abi.decode(log.data, (uint256, uint256, uint256));
        return abi.encode(commitment, log.topics[3], limit, expiry);
    }
}
