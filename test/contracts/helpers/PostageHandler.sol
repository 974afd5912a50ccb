// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {NoteTree} from "../../../contracts/NoteTree.sol";
import {Postage} from "../../../contracts/Postage.sol";
import {PostageToken} from "../../../contracts/PostageToken.sol";
import {INoteTree} from "../../../contracts/interfaces/INoteTree.sol";
import {IPostage} from "../../../contracts/interfaces/IPostage.sol";
import {TestBase} from "./TestBase.sol";

/// @notice Everything that anybody can do to a deployment, in any order; keeps its own books beside the contracts'.
/// It is itself the tree's stake inserter. Acts that must succeed are made plainly, so that a refusal fails the run;
/// acts that must fail are tried, and a success fails the run.
contract PostageHandler is TestBase {
    PostageToken private immutable _token;
    NoteTree private immutable _tree;
    Postage private immutable _postage;
    address[] private _buyers;

    uint256 public destroyed;
    uint256 public burnedByHolders;
    uint256 public leaves;
    bytes32[] public chains;
    bytes32[] public termsOfClasses;
    mapping(uint256 leafIndex => bool held) public isHeld;

    constructor(PostageToken token, NoteTree tree, Postage postage, address[] memory buyers) {
        (_token, _tree, _postage, _buyers) = (token, tree, postage, buyers);
        chains.push(bytes32(0));
        termsOfClasses.push(keccak256(abi.encode(postage.classOf(1))));
    }

    function buy(uint256 buyer, uint256 class, uint256 commitment, uint256 count) external {
        address caller = _buyers[buyer % _buyers.length];
        class = _bound(class, 1, _postage.classCount());
        commitment = _bound(commitment, 0, FIELD_ORDER - 1);
        count = _bound(count, 1, 256);
        uint256 cost = _postage.costOf(class, count);

        if (_postage.paused() || _postage.isClosed(class) || cost > _token.balanceOf(caller)) {
            return _expectNoSale(caller, class, commitment, count);
        }
        vm.prank(caller);
        vm.assertEq(_postage.buy(class, commitment, count), leaves);

        destroyed += cost;
        uint256 expiry = block.timestamp + _postage.classOf(class).noteTtl;
        _expectAppended(_classId(1, address(_postage), class), commitment, count, expiry);
    }

    function stake(uint256 commitment, uint256 number, uint256 limit, uint40 expiry) external {
        commitment = _bound(commitment, 0, FIELD_ORDER - 1);
        limit = _bound(limit, 1, 256);
        isHeld[leaves] = true;
        vm.assertEq(_tree.append(commitment, number, limit, expiry), leaves);
        _expectAppended(_classId(2, address(this), number), commitment, limit, expiry);
    }

    function unstake(uint256 leafIndex) external {
        leafIndex = _bound(leafIndex, 0, leaves);
        if (!isHeld[leafIndex]) return _expectNoZeroing(address(this), leafIndex);
        _tree.zero(leafIndex);

        isHeld[leafIndex] = false;
        _expectLogged(2, leafIndex, 0, 0, 0, 0);
    }

    function zeroAsAnother(uint256 caller, uint256 leafIndex) external {
        address[3] memory others = [address(_postage), OWNER, MALLORY];
        _expectNoZeroing(others[caller % 3], _bound(leafIndex, 0, leaves));
    }

    function burn(uint256 holder, uint256 amount) external {
        address caller = _buyers[holder % _buyers.length];
        amount = _bound(amount, 0, _token.balanceOf(caller) / 8);
        vm.prank(caller);
        _token.burn(amount);
        burnedByHolders += amount;
    }

    function addClass(IPostage.Class calldata drawn) external {
        IPostage.Class memory terms = IPostage.Class({
            price: uint96(_bound(drawn.price, 1, 1e24)),
            unitsPerTicket: uint32(_bound(drawn.unitsPerTicket, 1, 4096)),
            laneTtl: uint32(_bound(drawn.laneTtl, 1 minutes, 30 days)),
            rootWindow: uint32(_bound(drawn.rootWindow, 1 minutes, 30 days)),
            noteTtl: uint32(_bound(drawn.noteTtl, 1 days, 3650 days))
        });
        vm.prank(OWNER);
        vm.assertEq(_postage.addClass(terms), termsOfClasses.length + 1);
        termsOfClasses.push(keccak256(abi.encode(terms)));
    }

    function closeClass(uint256 class) external {
        class = _bound(class, 2, _postage.classCount() + 1);
        if (class > _postage.classCount() || _postage.isClosed(class)) return;
        vm.prank(OWNER);
        _postage.closeClass(class);
    }

    function pause() external {
        if (_postage.paused()) return unpause();
        vm.prank(OWNER);
        _postage.pause();
    }

    function unpause() public {
        if (!_postage.paused()) return;
        vm.prank(OWNER);
        _postage.unpause();
    }

    function wait(uint32 time) external {
        vm.warp(block.timestamp + (time % 30 days));
    }

    function classes() external view returns (uint256) {
        return termsOfClasses.length;
    }

    function operations() external view returns (uint256) {
        return chains.length - 1;
    }

    function _expectNoSale(address caller, uint256 class, uint256 commitment, uint256 count) private {
        vm.prank(caller);
        try _postage.buy(class, commitment, count) {
            revert("a sale that must not be");
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4);
        }
    }

    function _expectNoZeroing(address caller, uint256 leafIndex) private {
        vm.expectRevert(abi.encodeWithSelector(INoteTree.NoteTreeLeafNotHeld.selector, leafIndex, caller));
        vm.prank(caller);
        _tree.zero(leafIndex);
    }

    function _expectAppended(uint256 classId, uint256 commitment, uint256 limit, uint256 expiry) private {
        _expectLogged(1, leaves, commitment, classId, limit, expiry);
        leaves++;
    }

    function _expectLogged(
        uint8 kind,
        uint256 leafIndex,
        uint256 commitment,
        uint256 classId,
        uint256 limit,
        uint256 expiry
    ) private {
        uint256 index = chains.length - 1;
        chains.push(keccak256(abi.encode(chains[index], index, kind, leafIndex, commitment, classId, limit, expiry)));
    }

    function _classId(uint8 kind, address inserter, uint256 number) private view returns (uint256) {
        return uint256(keccak256(abi.encode("pennypost/class/v1", kind, block.chainid, inserter, number))) >> 8;
    }
}
