// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {NoteTree} from "../../../contracts/NoteTree.sol";
import {ClassId} from "../../../contracts/libraries/ClassId.sol";
import {Built} from "./Built.sol";
import {TestBase} from "./TestBase.sol";

/// @notice A tree with one stamp inserter and two stake inserters.
abstract contract NoteTreeFixture is TestBase {
    address internal constant STAMPS = address(0x57A);
    address internal constant STAKES = address(0x57B);
    address internal constant OTHER_STAKES = address(0x57C);
    uint256 internal constant CAPACITY = 2 ** 20;
    uint256 internal constant EXPIRY = 2_000_000_000;

    NoteTree internal tree;

    function setUp() public virtual {
        tree = Built.newNoteTree(OWNER, CAPACITY);
        _add(STAMPS, ClassId.STAMP);
        _add(STAKES, ClassId.STAKE);
        _add(OTHER_STAKES, ClassId.STAKE);
    }

    function _classId(uint8 kind, address inserter, uint256 number) internal view returns (uint256) {
        return uint256(keccak256(abi.encode("pennypost/class/v1", kind, block.chainid, inserter, number))) >> 8;
    }

    function _add(address inserter, uint8 kind) internal {
        vm.prank(OWNER);
        tree.addInserter(inserter, kind);
    }

    function _append(
        address inserter,
        uint256 commitment,
        uint256 number,
        uint256 limit,
        uint256 expiry
    ) internal returns (uint256) {
        vm.prank(inserter);
        return tree.append(commitment, number, limit, expiry);
    }
}
