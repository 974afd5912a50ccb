// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ClassId} from "../../contracts/libraries/ClassId.sol";
import {PostageFixture} from "./helpers/PostageFixture.sol";
import {PostageHandler} from "./helpers/PostageHandler.sol";

/// @notice What stays true whatever anybody does, in any order.
contract PostageInvariantsTest is PostageFixture {
    PostageHandler private _handler;
    address[] private _buyers = [ALICE, BOB, MALLORY];

    function setUp() public override {
        super.setUp();
        vm.prank(ALICE);
        token.transfer(BOB, SUPPLY / 4);
        vm.prank(ALICE);
        token.transfer(MALLORY, 1_000 * PRICE);
        _approve(BOB, type(uint256).max);
        _approve(MALLORY, type(uint256).max);

        _handler = new PostageHandler(token, tree, postage, _buyers);
        vm.prank(OWNER);
        tree.addInserter(address(_handler), ClassId.STAKE);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_supplyIsWhatWasMintedLessWhatWasBurned() public view {
        vm.assertEq(token.totalSupply(), SUPPLY - _handler.destroyed() - _handler.burnedByHolders());
    }

    function invariant_postageHoldsNothing() public view {
        vm.assertEq(token.balanceOf(address(postage)), 0);
        uint256 held = token.balanceOf(ALICE) + token.balanceOf(BOB) + token.balanceOf(MALLORY);
        vm.assertEq(held, token.totalSupply());
    }

    function invariant_chainIsTheFoldOfAllOperations() public view {
        uint256 operations = _handler.operations();
        vm.assertEq(tree.operationCount(), operations);
        vm.assertEq(tree.chain(), _handler.chains(operations));
        for (uint256 i = 0; i <= operations; i++) {
            vm.assertEq(tree.chainAt(i), _handler.chains(i));
        }
    }

    function invariant_leavesAreCountedOnce() public view {
        vm.assertEq(tree.leafCount(), _handler.leaves());
    }

    function invariant_termsOfAClassNeverChange() public view {
        vm.assertEq(postage.classCount(), _handler.classes());
        for (uint256 i = 0; i < _handler.classes(); i++) {
            vm.assertEq(keccak256(abi.encode(postage.classOf(i + 1))), _handler.termsOfClasses(i));
        }
    }
}
