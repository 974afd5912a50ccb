// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ConnectionFixture} from "./helpers/ConnectionFixture.sol";
import {ConnectionHandler} from "./helpers/ConnectionHandler.sol";

/// @notice What stays true however accounts connect and disconnect, in any order.
contract ConnectionInvariantsTest is ConnectionFixture {
    ConnectionHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler = new ConnectionHandler(eas, resolver);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// hardhat-config: long.invariant.runs = 128
    function invariant_whatHoldsIsTheOneLiveAttestation() public view {
        (uint256[9] memory counts, bytes32[9] memory last) = _handler.live();
        for (uint256 i = 0; i < 9; i++) {
            (address granter, address writer) = (_handler.actor(i), _handler.actor(i / 3));
            (uint256 count, bytes32 uid) = (counts[i], last[i]);
            vm.assertTrue(count <= 1);
            vm.assertTrue(resolver.isConnected(granter, writer) == (count == 1));
            if (count == 1) vm.assertEq(resolver.connectionOf(granter, writer).uid, uid);
        }
    }

    /// hardhat-config: long.invariant.runs = 128
    function invariant_everyChangeIsCounted() public view {
        vm.assertEq(resolver.changeCount(), _handler.changes());
    }
}
