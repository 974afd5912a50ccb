// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {NoteTree} from "../../../contracts/NoteTree.sol";
import {Postage} from "../../../contracts/Postage.sol";
import {PostageToken} from "../../../contracts/PostageToken.sol";
import {IPostage} from "../../../contracts/interfaces/IPostage.sol";
import {ClassId} from "../../../contracts/libraries/ClassId.sol";
import {Built} from "./Built.sol";
import {TestBase} from "./TestBase.sol";

/// @notice A deployment as it goes live: token, tree, postage as the stamp inserter, class 1 open; Alice has tokens.
abstract contract PostageFixture is TestBase {
    uint256 internal constant SUPPLY = 1_000_000_000e18;
    uint256 internal constant PRICE = 1e18;
    uint256 internal constant STAMPS = 1;

    PostageToken internal token;
    NoteTree internal tree;
    Postage internal postage;

    function setUp() public virtual {
        vm.warp(1_795_000_000);
        token = Built.newPostageToken(ALICE, SUPPLY);
        (tree, postage) = _deploy(token, IPostage.Disposal.Burn);
        _approve(ALICE, type(uint256).max);
    }

    /// @notice A tree and its postage for any token, with class 1 open.
    function _deploy(IERC20 token_, IPostage.Disposal disposal) internal returns (NoteTree tree_, Postage postage_) {
        tree_ = Built.newNoteTree(OWNER, 2 ** 20);
        postage_ = Built.newPostage(OWNER, token_, tree_, disposal);
        vm.prank(OWNER);
        tree_.addInserter(address(postage_), ClassId.STAMP);
        vm.prank(OWNER);
        postage_.addClass(_terms());
    }

    function _terms() internal pure returns (IPostage.Class memory) {
        return
            IPostage.Class({
                price: uint96(PRICE),
                unitsPerTicket: 64,
                laneTtl: 1 days,
                rootWindow: 1 hours,
                noteTtl: 365 days
            });
    }

    function _approve(address holder, uint256 amount) internal {
        vm.prank(holder);
        token.approve(address(postage), amount);
    }

    function _buy(address buyer, uint256 commitment, uint256 count) internal returns (uint256) {
        vm.prank(buyer);
        return postage.buy(STAMPS, commitment, count);
    }

    function _addClass(IPostage.Class memory terms) internal returns (uint256) {
        vm.prank(OWNER);
        return postage.addClass(terms);
    }

    function _close(uint256 class) internal {
        vm.prank(OWNER);
        postage.closeClass(class);
    }

    function _pause() internal {
        vm.prank(OWNER);
        postage.pause();
    }

    function _classId() internal view returns (uint256) {
        bytes memory packed = abi.encode("pennypost/class/v1", uint8(1), block.chainid, address(postage), STAMPS);
        return uint256(keccak256(packed)) >> 8;
    }
}
