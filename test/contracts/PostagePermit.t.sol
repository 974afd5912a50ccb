// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IPostage} from "../../contracts/interfaces/IPostage.sol";
import {SilentToken} from "../../contracts/mocks/SilentToken.sol";
import {PostageFixture} from "./helpers/PostageFixture.sol";

contract PostagePermitTest is PostageFixture {
    uint256 private constant CAROLS_KEY = 0xCA401;
    bytes32 private constant PERMIT = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    address private _carol;

    function setUp() public override {
        super.setUp();
        _carol = vm.addr(CAROLS_KEY);
        vm.prank(ALICE);
        token.transfer(_carol, 1_000 * PRICE);
    }

    function testFuzz_buyWithPermit_burnsExactlyPriceTimesCount(uint256 count) public {
        count = _bound(count, 1, 256);
        IPostage.Permit memory permit = _sign(count * PRICE, block.timestamp);
        vm.prank(_carol);
        vm.assertEq(postage.buyWithPermit(STAMPS, 11, count, permit), 0);

        vm.assertEq(token.balanceOf(_carol), (1_000 - count) * PRICE);
        vm.assertEq(token.totalSupply(), SUPPLY - count * PRICE);
        vm.assertEq(token.allowance(_carol, address(postage)), 0);
    }

    function test_buyWithPermit_succeedsWhen_aStrangerSubmittedThePermitFirst() public {
        IPostage.Permit memory permit = _sign(10 * PRICE, block.timestamp);
        vm.prank(MALLORY);
        token.permit(_carol, address(postage), 10 * PRICE, permit.deadline, permit.v, permit.r, permit.s);

        vm.prank(_carol);
        vm.assertEq(postage.buyWithPermit(STAMPS, 11, 10, permit), 0);
    }

    function test_buyWithPermit_revertsWhen_aStrangerShowsAnothersPermit() public {
        IPostage.Permit memory permit = _sign(10 * PRICE, block.timestamp);
        _expectAllowanceTooLow(0, 10 * PRICE);
        vm.prank(MALLORY);
        postage.buyWithPermit(STAMPS, 11, 10, permit);
    }

    function test_buyWithPermit_revertsWhen_thePermitIsForLess() public {
        IPostage.Permit memory permit = _sign(10 * PRICE - 1, block.timestamp);
        _expectAllowanceTooLow(0, 10 * PRICE);
        vm.prank(_carol);
        postage.buyWithPermit(STAMPS, 11, 10, permit);
    }

    function test_buyWithPermit_revertsWhen_thePermitIsUsedAgain() public {
        IPostage.Permit memory permit = _sign(10 * PRICE, block.timestamp);
        vm.prank(_carol);
        postage.buyWithPermit(STAMPS, 11, 10, permit);

        _expectAllowanceTooLow(0, 10 * PRICE);
        vm.prank(_carol);
        postage.buyWithPermit(STAMPS, 11, 10, permit);
    }

    function test_buyWithPermit_revertsWhen_thePermitExpired() public {
        IPostage.Permit memory permit = _sign(10 * PRICE, block.timestamp - 1);
        _expectAllowanceTooLow(0, 10 * PRICE);
        vm.prank(_carol);
        postage.buyWithPermit(STAMPS, 11, 10, permit);
    }

    function test_buyWithPermit_revertsWhen_classIsUnknownOrCountOutOfRange() public {
        IPostage.Permit memory permit = _sign(PRICE, block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(IPostage.PostageClassUnknown.selector, 9));
        vm.prank(_carol);
        postage.buyWithPermit(9, 11, 1, permit);
        vm.expectRevert(abi.encodeWithSelector(IPostage.PostageCountOutOfRange.selector, 257));
        vm.prank(_carol);
        postage.buyWithPermit(STAMPS, 11, 257, permit);
    }

    function test_buyWithPermit_usesAStandingAllowanceWhen_theTokenHasNoPermit() public {
        SilentToken silent = new SilentToken(_carol, 10 * PRICE, 18);
        (, IPostage silentPostage) = _deploy(IERC20(address(silent)), IPostage.Disposal.Bury);
        vm.prank(_carol);
        silent.approve(address(silentPostage), 10 * PRICE);

        vm.prank(_carol);
        vm.assertEq(silentPostage.buyWithPermit(STAMPS, 11, 10, IPostage.Permit(0, 0, 0, 0)), 0);
    }

    function _expectAllowanceTooLow(uint256 allowed, uint256 needed) private {
        string memory tooLow = "ERC20InsufficientAllowance(address,uint256,uint256)";
        vm.expectRevert(abi.encodeWithSignature(tooLow, address(postage), allowed, needed));
    }

    function _sign(uint256 amount, uint256 deadline) private view returns (IPostage.Permit memory) {
        bytes32 fields = keccak256(
            abi.encode(PERMIT, _carol, address(postage), amount, token.nonces(_carol), deadline)
        );
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), fields));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(CAROLS_KEY, digest);
        return IPostage.Permit(deadline, v, r, s);
    }
}
