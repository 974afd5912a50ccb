// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PostageToken} from "../../contracts/PostageToken.sol";
import {Built} from "./helpers/Built.sol";
import {TestBase} from "./helpers/TestBase.sol";

contract PostageTokenTest is TestBase {
    uint256 private constant SUPPLY = 1_000e18;

    PostageToken private _token;

    function setUp() public {
        _token = Built.newPostageToken(ALICE, SUPPLY);
    }

    function test_constructor_givesTheHolderEverything() public view {
        vm.assertEq(_token.balanceOf(ALICE), SUPPLY);
        vm.assertEq(_token.totalSupply(), SUPPLY);
        vm.assertEq(_token.symbol(), "devXMTP");
    }

    function testFuzz_burn_lowersTheSupplyByAsMuch(uint256 amount) public {
        amount = _bound(amount, 0, SUPPLY);
        vm.prank(ALICE);
        _token.burn(amount);

        vm.assertEq(_token.totalSupply(), SUPPLY - amount);
        vm.assertEq(_token.balanceOf(ALICE), SUPPLY - amount);
    }

    function test_burnFrom_revertsWhen_theAllowanceIsTooLow() public {
        vm.prank(ALICE);
        _token.approve(BOB, 1);

        vm.expectRevert(abi.encodeWithSignature("ERC20InsufficientAllowance(address,uint256,uint256)", BOB, 1, 2));
        vm.prank(BOB);
        _token.burnFrom(ALICE, 2);
    }
}
