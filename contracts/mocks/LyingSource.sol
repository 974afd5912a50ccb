// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {INoteSource} from "../interfaces/INoteSource.sol";

/// @title LyingSource
/// @notice For tests: an inserter that says of its classes what it is told to say.
contract LyingSource is INoteSource {
    NoteClass private _class;

    function say(NoteClass calldata class) external {
        _class = class;
    }

    function noteClass(uint256) external view returns (NoteClass memory) {
        return _class;
    }
}
