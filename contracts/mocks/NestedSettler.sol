// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPayments} from "../interfaces/IPayments.sol";
import {ITokenHook} from "./HookedToken.sol";

/// @title NestedSettler
/// @notice For tests: pays, and calls the payments contract once more from inside the token's call.
contract NestedSettler is ITokenHook {
    IPayments private immutable _payments;
    bytes private _nested;

    constructor(IPayments payments) {
        _payments = payments;
        payments.token().approve(address(payments), type(uint256).max);
    }

    function payNested(
        bytes32 root,
        uint256 count,
        IPayments.Rate calldata rate,
        uint256 deliverBy,
        bytes calldata nested
    ) external returns (bytes32) {
        _nested = nested;
        return _payments.pay(root, count, rate, deliverBy);
    }

    function tokensLeaving() external {
        if (_nested.length == 0) return;
        // solhint-disable-next-line avoid-low-level-calls
        (bool isDone, bytes memory reason) = address(_payments).call(_nested);
        if (isDone) return;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }
}
