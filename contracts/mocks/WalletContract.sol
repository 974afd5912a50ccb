// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title WalletContract
/// @notice For tests: an account that is a contract, which signs with one key and makes several calls at once, all or
/// none.
contract WalletContract is IERC1271 {
    struct Call {
        address to;
        bytes data;
    }

    address private immutable _key;

    error WalletContractNotTheKey(address caller);

    constructor(address key) {
        _key = key;
    }

    function execute(Call[] calldata calls) external {
        if (msg.sender != _key) revert WalletContractNotTheKey(msg.sender);
        for (uint256 i = 0; i < calls.length; ++i) Address.functionCall(calls[i].to, calls[i].data);
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return ECDSA.recoverCalldata(hash, signature) == _key ? this.isValidSignature.selector : bytes4(0);
    }
}
